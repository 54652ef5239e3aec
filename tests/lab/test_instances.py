"""Two labs side by side: the same addresses, nothing shared, and nothing left of the second when it is down."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.lab.conftest import LAB, Command

pytestmark = pytest.mark.lab
OTHER = "987"


def other(*words: str) -> str:
    """The output of a lab command on the second instance."""
    env = {**os.environ, "MAILASSAY_LAB": OTHER}
    done = subprocess.run([str(LAB), *words], env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_second_lab_runs_beside_and_leaves_nothing(lab: Command) -> None:
    """A fault in the second lab is none in the first, and `down` removes every namespace, mount and control group."""
    try:
        other("up")
        other("sh", "mx1", "touch /etc/only-here")
        assert lab("sh", "mx1", "test -e /etc/only-here", check=False).returncode == 1
    finally:
        other("down")
    spaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert f"ma{OTHER}-" not in spaces
    assert f"/{OTHER}/" not in Path("/proc/mounts").read_text()
    assert not [p for p in Path("/sys/fs/cgroup").glob(f"*/mailassay-lab/ma{OTHER}-*") if p.is_dir()]
    assert not Path("/run/mailassay-lab", OTHER).exists()
    assert not Path("/var/lib/mailassay-lab/instances", OTHER).exists()
