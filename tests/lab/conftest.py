"""The lab as its tests see it: brought up once, and skipped with a reason where it cannot be had."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LAB = CHECKOUT / "playbooks/lab/lab"

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def lab() -> Command:
    """Runs a subcommand of the lab's command, after the lab has been brought up."""
    if os.geteuid() != 0:
        pytest.skip("the lab needs root (network namespaces, mounts)")

    def command(*words: str, check: bool = True, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([str(LAB), *words], capture_output=True, text=True, timeout=seconds, check=False)
        assert not check or done.returncode == 0, f"lab {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done

    command("up", seconds=1200)
    return command


@pytest.fixture(scope="session")
def ask(lab: Command) -> Callable[[str, str], list[str]]:
    """Asks the lab's resolver: the first line is the reply's code and "AD" or "--", the rest its records."""

    def question(name: str, rdtype: str) -> list[str]:
        return lab(
            "run", "--", sys.executable, str(Path(__file__).with_name("ask.py")), name, rdtype
        ).stdout.splitlines()

    return question
