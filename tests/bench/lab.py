"""One instance of the lab as the bench uses it: brought up, broken, audited, put back, and taken down."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import yaml

from checks.verdict import Verdict, read
from reports.verdicts import RESULTS
from tests.bench.fault import ROUTER, Action, Fault

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / "inventories/lab"
LAB = ROOT / "playbooks/lab/lab"
AUTHORITY = Path("/var/lib/mailassay-lab/ca")
PRELUDE = Path(__file__).with_name("prelude.sh")
FIRST_INSTANCE = 10

# Longest each may take, in seconds. Bringing the lab up the first time on a machine builds Debian roots.
UP, RESET, INJECT, SETTLE, AUDIT = 1800, 180, 90, 30, 300

# What goes wrong here leaves its traces (logs, caches) on other hosts as well.
SPREADING = frozenset({ROUTER, "ns1"})


class Stopped(Exception):
    """The user asked the bench to end."""


class Trouble(Exception):
    """A command of the bench itself failed: this says nothing about the audit. The message holds its output."""


@dataclass
class Lab:
    """number: the lab's instance (environment MAILASSAY_LAB). folder: where its audits are kept."""

    number: int
    folder: Path
    stop: threading.Event
    _lock: IO[str] = field(repr=False)
    audited: Path = Path()

    def up(self) -> None:
        """Start every host that does not run."""
        self._run("lab up", [str(LAB), "up"], UP)

    def down(self) -> None:
        """Remove the instance, also after Ctrl-C."""
        self.stop = threading.Event()  # this must not be stopped half-way
        self._run("lab down", [str(LAB), "down"], RESET)

    def do(self, action: Action, seconds: float = INJECT) -> None:
        """Run a shell script as root on a host, or in the router's network namespace."""
        script = f"set -e\n{PRELUDE.read_text('utf-8')}\n{action.do}"
        way = [str(LAB), "sh", action.where, script]
        if action.where == ROUTER:
            way = ["ip", "netns", "exec", f"ma{self.number}-{ROUTER}", "sh", "-c", script]
        self._run(f"on {action.where}", way, seconds)

    def settle(self, actions: Iterable[Action]) -> None:
        """Wait until each of these commands succeeds."""
        end = time.monotonic() + SETTLE
        for action in actions:
            while True:
                try:
                    self.do(action, SETTLE)
                    break
                except Trouble:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.3)

    def reset(self, hosts: frozenset[str] = frozenset()) -> None:
        """Put hosts back to their configured state; all of them, and the router, where a fault may have spread."""
        whole = not hosts or hosts & SPREADING
        argv = [str(LAB), "reset", *(() if whole else sorted(hosts))]
        try:
            self._run("lab reset", argv, RESET)
        except Trouble:  # the lab's own sources were edited meanwhile
            self.up()
            self._run("lab reset", [str(LAB), "reset"], RESET)
        self._forget_neighbours()

    def _forget_neighbours(self) -> None:
        """A host that was put back has another link-layer address than the one its neighbours remember."""
        for namespace in Path("/run/netns").glob(f"ma{self.number}-*"):
            argv = ["ip", "-n", namespace.name, "neigh", "flush", "all"]
            subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)

    def audit(self, fault: Fault | None = None) -> list[Verdict]:
        """Audit the lab as `make audit` does, with the consents and variables that the fault asks for.

        The run's folder is kept in `audited`, for the recorder.
        """
        inventory = self._inventory(fault.inventory if fault else {})
        out = self.folder / f"out-{self.number}"  # one for all, since what guards count is asked once in a while
        argv = [sys.executable, "-m", "pytest", "checks", "--inventory", f"{inventory}/hosts.yml", "--out", str(out)]
        if fault and fault.allow:
            argv += ["--allow", ",".join(fault.allow)]
        told = self._run("audit", argv, AUDIT, good=(0, 1, 6))
        folder = (out / "lab/latest").resolve()
        if folder == self.audited or not (folder / RESULTS).is_file():
            raise Trouble(f"the audit wrote no {RESULTS}:\n{told}")
        self.audited = folder
        return [read(line) for line in (folder / RESULTS).read_text("utf-8").splitlines()]

    def _inventory(self, variables: Mapping[str, Mapping[str, object]]) -> Path:
        """A copy of the lab's inventory with more variables for some hosts, and without the host that is broken on purpose."""
        folder = self.folder / f"inventory-{self.number}" / "lab"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(INVENTORY, folder)
        groups = yaml.safe_load((folder / "hosts.yml").read_text("utf-8"))
        del groups["lab"]["children"]["neglected"]
        (folder / "hosts.yml").write_text(yaml.safe_dump(groups, sort_keys=False), "utf-8")
        (folder / "host_vars").mkdir()
        for host, row in variables.items():
            (folder / "host_vars" / f"{host}.yml").write_text(yaml.safe_dump(dict(row)), "utf-8")
        return folder

    def _run(self, what: str, argv: list[str], seconds: float, good: Collection[int] = (0,)) -> str:
        """The output of a command that must end in time with a good status. Raises Trouble, Stopped."""
        env = {**os.environ, **_authority(), "MAILASSAY_LAB": str(self.number), "LC_ALL": "C.UTF-8"}
        with tempfile.TemporaryFile("w+", errors="backslashreplace") as out:
            # Its own session: Ctrl-C is for the bench, which then ends what it started, in order.
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT, env=env, start_new_session=True
            )
            try:
                status = self._wait(process, seconds)
            except (Stopped, subprocess.TimeoutExpired) as error:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if isinstance(error, Stopped):
                    raise
                raise Trouble(f"{what}: not within {seconds:.0f} s: {' '.join(argv)}\n{_end(out)}") from error
            if status not in good:
                raise Trouble(f"{what}: exit status {status}: {' '.join(argv)}\n{_end(out)}")
            return _end(out)

    def _wait(self, process: subprocess.Popen[bytes], seconds: float) -> int:
        end = time.monotonic() + seconds
        while True:
            if self.stop.is_set():
                raise Stopped
            try:
                return process.wait(min(0.5, max(0.01, end - time.monotonic())))
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    raise


def _authority() -> dict[str, str]:
    """The lab's certificate authority, for faults that need a certificate of it; it signs for the lab alone."""
    files = {"LAB_CA_KEY": AUTHORITY / "intermediate.key", "LAB_CA_CERTIFICATE": AUTHORITY / "intermediate.pem"}
    return {name: path.read_text("utf-8") for name, path in files.items() if path.exists()}


def _end(out: IO[str]) -> str:
    out.seek(0)
    return out.read()[-4000:]


def free_labs(count: int, folder: Path, stop: threading.Event) -> list[Lab]:
    """So many instances that no other bench uses, from number 10 on."""
    found: list[Lab] = []
    number = FIRST_INSTANCE
    while len(found) < count:
        lock = open(f"/run/mailassay-bench-{number}.lock", "w")  # noqa: SIM115 - held as long as the bench runs
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found.append(Lab(number, folder, stop, lock))
        except BlockingIOError:
            lock.close()
        number += 1
    return found
