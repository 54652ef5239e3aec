"""Under job slicing each worker audits its hosts, and the slices together say what one run says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from reports.exits import Exit
from reports.verdicts import read_run
from tests.test_audit import GOOD, ROOT, Site

NAMES = [f"mx{number}" for number in range(4)]
SELECTED = "check_hosts or check_queue"
SUITE = ("checks", "reports", "playbooks", "pyproject.toml")


def test_the_execution_environment_has_what_the_suite_needs() -> None:
    described = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert described["version"] == 3
    assert sorted(described["dependencies"]["python"]) == sorted(needed)


class Sliced:
    """A site audited as a whole, and in two slices: each sent to a worker, run there, and taken back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = Site(folder)
        dead: tuple[str, dict[str, object]] = ("exit 255", {"mailassay_connect_timeout": 2})
        good: tuple[str, dict[str, object]] = (GOOD, {})
        self.hosts = dict.fromkeys(NAMES[1:], good) | {NAMES[0]: dead}
        self.site.write(self.hosts)
        self.whole_status = self.site.audit("-k", SELECTED).returncode

    def slice(self, number: int) -> Path:
        """The run of one slice, as AWX would have it back."""
        self.site.write({name: self.hosts[name] for name in NAMES[number::2]})
        data, back = self.folder / f"slice{number}", self.folder / f"back{number}"
        (data / "inventory").mkdir(parents=True)
        shutil.copy(self.site.folder / "hosts.yml", data / "inventory")
        for name in SUITE:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, data / "project" / name)
        (data / "env").mkdir()
        (data / "env/extravars").write_text(yaml.safe_dump({"awx_options": ["-k", SELECTED]}))
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        runner = [sys.executable, "-m", "ansible_runner"]
        sent = subprocess.Popen(
            [*runner, "transmit", str(data), "-p", "playbooks/awx.yml", "-i", "job"], stdout=subprocess.PIPE
        )
        worker = [*runner, "worker", "--private-data-dir", str(self.folder / f"worker{number}")]
        ran = subprocess.Popen(worker, stdin=sent.stdout, stdout=subprocess.PIPE, env={**os.environ, "PATH": path})
        back.mkdir()
        subprocess.run(
            [*runner, "process", str(back), "-i", "job"],
            stdin=ran.stdout,
            capture_output=True,
            check=False,
            timeout=300,
        )
        return back / "artifacts/job/mailassay/slice"


@pytest.fixture(scope="module")
def sliced(tmp_path_factory: pytest.TempPathFactory) -> Sliced:
    return Sliced(tmp_path_factory.mktemp("sliced"))


def test_slices_of_two_workers_say_together_what_one_run_says(sliced: Sliced) -> None:
    slices = [str(sliced.slice(number)) for number in (0, 1)]
    merged = sliced.folder / "merged"
    argv = [sys.executable, "-m", "reports", "merge", str(merged), *slices]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == sliced.whole_status == Exit.UNKNOWN, done.stderr
    whole = read_run((sliced.site.out / "acme/latest").resolve())
    assert {v.reference: v.verdict for v in read_run(merged).verdicts} == {
        v.reference: v.verdict for v in whole.verdicts
    }
