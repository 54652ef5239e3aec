"""A dozen faults, those marked `quick`, are injected into the lab, and each is named: that cause, and nothing else."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bench.fault import read
from tests.bench.lab import free_labs
from tests.bench.run import Bench, Result
from tests.bench.table import line
from tests.bench.together import MOST
from tests.bench.words import words

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root"),
]
FAULTS = Path(__file__).with_name("faults")
QUICK = [path.stem for path in sorted(FAULTS.glob("*.yml")) if "quick: true" in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """All of them tried, on two labs at once."""
    known = words()
    quick = [read(FAULTS / f"{name}.yml", "faults", known) for name in QUICK]
    labs = free_labs(2, tmp_path_factory.mktemp("bench"), threading.Event())
    bench = Bench(labs, lambda result: print(line(result)), together=MOST)
    return {result.fault.name: result for result in bench.run(quick)}


def test_there_are_a_dozen() -> None:
    assert len(QUICK) >= 12


@pytest.mark.parametrize("name", QUICK)
def test_root_cause_is_named_and_nothing_else(name: str, results: Mapping[str, Result]) -> None:
    result = results[name]
    assert result.score is not None, result.trouble
    assert result.score.perfect, line(result)
