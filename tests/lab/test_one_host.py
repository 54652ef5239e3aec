"""One host is audited alone (`make audit LIMIT=…`): healthy, it is silent, whatever only the rest of the fleet could tell."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("host", ["relay1", "ns1", "mx2"])
def test_a_healthy_host_alone_leaves_nothing_open(lab: Command, tmp_path: Path, host: str) -> None:
    argv = [sys.executable, "-m", "pytest", "checks", "--inventory", "inventories/lab/hosts.yml"]
    argv += ["--limit", host, "--out", str(tmp_path)]
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 causes" in done.stdout
