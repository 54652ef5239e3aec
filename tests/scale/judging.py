"""Judging alone: the evidence of a fleet, judged again by two processes that can reach no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.scale.cost import Cost, audit, cost
from tests.scale.pattern import replay
from tests.scale.table import Row

# A host of the lab has some 206 verdicts from inside.
VERDICTS, A_HOST = 150_000, 206
GOAL_SECONDS, GOAL_MEGABYTES = 30.0, 500.0


def judging(run: Path, folder: Path, share: float) -> Iterator[Row]:
    """Judge 150,000 verdicts, or a share of them, from a run of the lab."""
    hosts = max(2, round(VERDICTS * share / A_HOST))
    source = replay(run, folder / "run", hosts)
    halves = [audit("--replay", source, "--out", folder / f"half{n}", "--shard", f"{n}/2") for n in (1, 2)]
    spent = cost(*halves, log=folder / "log")
    verdicts = sum(_lines(path) for path in folder.glob("half*/*/latest/results.jsonl"))
    yield _row(f"{verdicts} verdicts ({hosts} hosts), two processes, all reports written", verdicts, spent)


def _row(what: str, verdicts: int, spent: Cost) -> Row:
    scale = VERDICTS / verdicts
    seconds, megabytes = spent.processor / 2 * scale, spent.memory * scale
    compared = f"{seconds:.0f} s each ({seconds / GOAL_SECONDS:.1f} of the goal)"
    held = f"{megabytes:.0f} MB ({megabytes / GOAL_MEGABYTES:.1f} of the goal)"
    each = f"{1000 * spent.processor / verdicts:.2f} ms"
    return Row(
        what, (f"{spent.wall:.0f} s", f"{spent.processor:.0f} s", each, f"{spent.memory:.0f} MB", compared, held)
    )


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
