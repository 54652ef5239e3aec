"""Where a fleet of up to 65,000 hosts answers: one sshd on a whole /16, in namespaces that end with this process.

The hosts' own work is no part of what is measured, so a small program stands in their place: it knows the answers that
the lab's hosts gave. All else is real: OpenSSH on both sides, a connection and a login for each host.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from checks.evidence.batch import bare
from checks.evidence.command import PRIVILEGED
from tests.scale.pattern import Pattern

_ROOTS = Path("/var/lib/mailassay-lab/roots")
_SERVER = Path(__file__).with_name("answer.pl")
_SSHD = """
ListenAddress 0.0.0.0
HostKey /scale/host_key
AuthorizedKeysFile /scale/audit.pub
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
MaxStartups 2000
LogLevel ERROR
AcceptEnv NONE
ForceCommand /usr/bin/perl /scale/answer.pl
"""


class Ground:
    """A fleet that can be reached over ssh. Must be made in namespaces of its own (see tests.scale.__main__)."""

    def __init__(self, folder: Path, turns: list[Pattern], suite: str = "bookworm") -> None:
        self.folder = folder
        self._turns = turns
        self._root = self._mount(suite)
        self._scale = self._root / "scale"
        self._scale.mkdir()
        self._keys()
        self._answers()
        self._network()
        self._start()

    def _mount(self, suite: str) -> Path:
        base = next(path for path in sorted(_ROOTS.glob(f"{suite}-*")) if path.name.count("-") == 1 and path.is_dir())
        root, memory = self.folder / "root", self.folder / "memory"
        for path in (root, memory):
            path.mkdir()
        _run("mount", "-t", "tmpfs", "tmpfs", str(memory))
        for name in ("upper", "work"):
            (memory / name).mkdir()
        layers = f"lowerdir={base},upperdir={memory}/upper,workdir={memory}/work"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, str(root))
        # Nodes of its own: nothing of this machine is ever mounted below a folder that is deleted afterwards.
        for name, number in (("null", "3"), ("zero", "5"), ("random", "8"), ("urandom", "9")):
            if not (root / "dev" / name).is_char_device():
                _run("mknod", "-m", "666", str(root / "dev" / name), "c", "1", number)
        (root / "run/sshd").mkdir(parents=True, exist_ok=True)
        return root

    def _keys(self) -> None:
        for name, path in (("host", self._scale / "host_key"), ("audit", self.folder / "audit")):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
        (self._scale / "audit.pub").write_text((self.folder / "audit.pub").read_text())
        public = (self._scale / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"10.78.*,[10.78.*]:* {public}")
        _run("chroot", str(self._root), "useradd", "-M", "-d", "/", "-s", "/bin/sh", "-p", "*", "audit")

    def _answers(self) -> None:
        (self._scale / "answer.pl").write_bytes(_SERVER.read_bytes())
        (self._scale / "turns").write_text(f"{len(self._turns)}\n")
        for number, pattern in enumerate(self._turns):
            with (self._scale / f"{number}").open("wb") as file:
                for question, answer in pattern.answers.items():
                    if question.kind == "command":
                        status = answer.outcome.removeprefix("exit ") if answer.outcome.startswith("exit ") else "1"
                        key = _as_sent(question.text).encode()
                        file.write(b"%d %d %d %s\n" % (len(key), len(answer.out), len(answer.err), status.encode()))
                        file.write(key + answer.out + answer.err)

    def _network(self) -> None:
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "route", "replace", "local", "10.78.0.0/16", "dev", "lo")

    def _start(self) -> None:
        (self._scale / "sshd_config").write_text(_SSHD)
        argv = ["chroot", str(self._root), "/usr/sbin/sshd", "-D", "-f", "/scale/sshd_config"]
        self._sshd = subprocess.Popen(argv)
        for _ in range(300):
            if subprocess.run(["nc", "-z", "10.78.0.1", "22"], check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("the bench's sshd does not answer")

    @property
    def ssh_arguments(self) -> list[str]:
        """What reaching these hosts takes; all else of ssh is as it comes."""
        known = f"UserKnownHostsFile={self.folder}/known_hosts"
        return ["-o", known, "-o", "StrictHostKeyChecking=yes", "-i", f"{self.folder}/audit", "-l", "audit"]

    def inventory(self, hosts: int, odd: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
        """An inventory of so many hosts. odd: variables of single hosts that come to those of all."""
        rows = {}
        for name, number in names(hosts):
            own = (odd or {}).get(name, {})
            rows[name] = {"ansible_host": address(number), **self._turns[number % len(self._turns)].variables, **own}
        everyone = {"ansible_ssh_common_args": " ".join(self.ssh_arguments)}
        folder = Path(tempfile.mkdtemp(prefix="inventory-", dir=self.folder)) / "fleet"
        folder.mkdir()
        (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": everyone, "hosts": rows}}))
        return folder / "hosts.yml"

    def close(self) -> None:
        """End the server and unmount its root."""
        self._sshd.terminate()
        self._sshd.wait(10)
        for name in ("root", "memory"):
            _run("umount", "--lazy", str(self.folder / name))


def _as_sent(command: str) -> str:
    """The command as the host is asked it: without a shell of its own around it."""
    root = PRIVILEGED if command.startswith(PRIVILEGED) else ""
    return root + bare(command.removeprefix(root))


def names(hosts: int) -> Iterable[tuple[str, int]]:
    """The hosts' names and numbers."""
    return ((f"h{number:05}", number) for number in range(hosts))


def address(number: int) -> str:
    """The address of the host of this number."""
    return f"10.78.{number // 250}.{number % 250 + 1}"


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
