"""One host: mailassay against pytest-testinfra that runs the same commands over the same ssh."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from checks.evidence import notation
from tests.scale.cost import audit, cost
from tests.scale.fleet import all_seen
from tests.scale.ground import Ground
from tests.scale.pattern import INSIDE, patterns
from tests.scale.table import Row

FAR_PORT, MILLISECONDS = 2240, 40
# One connection for each command takes so long that a part of them must do; the time is multiplied.
_SOME = 16
_TESTS = """
import json, pathlib, pytest
COMMANDS = json.loads(pathlib.Path(__file__).with_name("commands.json").read_text())

@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_command(host, number):
    command, status = COMMANDS[number]
    assert host.run(command).rc is not None
"""
_CONFIG = """Host near far
  HostName 10.78.0.1
  HostKeyAlias 10.78.0.1
  User audit
  IdentityFile {folder}/audit
  UserKnownHostsFile {folder}/known_hosts
  StrictHostKeyChecking yes
Host far
  Port {port}
"""
_SHARED = "Host *\n  ControlMaster auto\n  ControlPath {folder}/cp-%n\n  ControlPersist 60\n"


def onehost(run: Path, folder: Path, share: float) -> Iterator[Row]:
    """mailassay, `ssh HOST true`, and testinfra in two ways; near and far."""
    ground = Ground(folder, patterns(run))
    argv = [sys.executable, "-m", "tests.scale.distance", str(FAR_PORT), "10.78.0.1", "22", str(MILLISECONDS)]
    proxy = subprocess.Popen(argv)
    try:
        for _ in range(300):
            if subprocess.run(["nc", "-z", "10.78.0.1", str(FAR_PORT)], check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield from _Comparison(folder).rows()
    finally:
        proxy.terminate()
        ground.close()


class _Comparison:
    """What mailassay asks of the host is what testinfra is to ask as well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        text = _CONFIG.format(folder=folder, port=FAR_PORT)
        (self.folder / "plain").write_text(text)
        (self.folder / "shared").write_text(text + _SHARED.format(folder=self.folder))
        (self.folder / "stock").mkdir()
        (self.folder / "stock/pytest.ini").write_text("[pytest]\n")
        (self.folder / "stock/test_stock.py").write_text(_TESTS)

    def rows(self) -> Iterator[Row]:
        ours = self._ours("near"), self._ours("far")
        commands = self._commands()
        yield self._row(f"mailassay, {len(commands)} commands, judged and reported", ours, ours)
        yield self._row("of which judging and reports (`--replay`)", (self._again(),) * 2, ours)
        yield self._row("`ssh HOST true`", (self._true("near"), self._true("far")), ours)
        times = len(commands) / _SOME
        plain = self._stock("near", "plain", most=_SOME) * times, self._stock("far", "plain", most=_SOME) * times
        yield self._row(f"pytest-testinfra, ssh (from {_SOME} of the commands)", plain, ours)
        shared = self._stock("near", "shared"), self._stock("far", "shared")
        yield self._row("pytest-testinfra, ssh with a ControlPath", shared, ours)

    def _row(self, what: str, took: tuple[float, float], ours: tuple[float, float]) -> Row:
        near, far = took
        return Row(what, (f"{near:.2f} s", f"{near / ours[0]:.2f}", f"{far:.2f} s", f"{far / ours[1]:.2f}"))

    def _ours(self, place: str) -> float:
        own = {"ansible_host": place, "ansible_ssh_common_args": f"-F {self.folder}/plain"}
        inside = {**INSIDE, "mailassay_roles": ["mx"], "mailassay_hostname": "mx1.alpha.test"}
        site = self.folder / place
        site.mkdir()
        (site / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"mx1": {**own, **inside}}}}))
        argv = audit("--inventory", site / "hosts.yml", "--out", self.folder / "out")
        wall = cost(argv, log=self.folder / "log").wall
        all_seen(self.folder / f"out/{place}/latest", 1)
        return wall

    def _again(self) -> float:
        argv = audit("--replay", self.folder / "out/near/latest", "--out", self.folder / "again")
        return cost(argv, log=self.folder / "log").wall

    def _true(self, place: str) -> float:
        tries = [cost(["ssh", "-F", f"{self.folder}/plain", place, "true"], log=self.folder / "log") for _ in range(3)]
        if any(each.status for each in tries):
            raise RuntimeError(f"ssh {place} true did not work")
        return min(each.wall for each in tries)

    def _commands(self) -> list[str]:
        text = (self.folder / "out/near/latest/transcripts/mx1.txt").read_text("utf-8")
        return [question.text for question in notation.parse(text)[1] if question.kind == "command"]

    def _stock(self, place: str, config: str, most: int | None = None) -> float:
        commands = [[text, 0] for text in self._commands()][:most]
        stock = self.folder / "stock"
        (stock / "commands.json").write_text(json.dumps(commands))
        way = [f"--hosts=ssh://{place}", f"--ssh-config={self.folder}/{config}"]
        argv = [sys.executable, "-m", "pytest", "-q", "-c", f"{stock}/pytest.ini", f"{stock}/test_stock.py", *way]
        spent = cost(argv, log=self.folder / "log")
        if spent.status:
            raise RuntimeError((self.folder / "log").read_text()[-3000:])
        return spent.wall
