"""A comparison of two runs as text: what is new, mended, lost, and what was seen differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.body import day, line
from reports.compare import Change, Changed, Changes
from reports.drift import Drift
from reports.harmless import harmless

_SHOWN = (Change.NEW_FAILURE, Change.NEW_UNKNOWN, Change.LOST, Change.FIXED, Change.STILL_FAILING)


def lines(changes: Changes, drifts: Sequence[Drift]) -> Iterator[str]:
    """The whole text; no line of it can drive a terminal."""
    yield f"since {day(changes.since)}: {changes.counted()}"
    yield from (f"  {harmless(note)}" for note in changes.notes)
    for host in changes.absent_hosts:
        yield f"ABSENT HOST  {harmless(host)}"
    for change in _SHOWN:
        items = sorted(changes.of(change), key=lambda item: item.verdict.reference)
        if items:
            yield f"\n{change.upper()}"
        for item in items:
            yield from _item(item)
    yield from drift_lines(drifts)


def _item(item: Changed) -> Iterator[str]:
    verdict = item.verdict
    said = line(verdict) if item.now else "it was judged before"
    yield f"  {harmless(verdict.reference)} ({verdict.severity}): {said}"
    if item.pardon:
        yield f"    {item.pardon}"


def drift_lines(drifts: Sequence[Drift]) -> Iterator[str]:
    """What the evidence says differently."""
    if drifts:
        yield "\nSEEN DIFFERENTLY (counters, ages, logs and queues left out)"
    for drift in drifts:
        yield f"  {harmless(drift.target)}: {harmless(drift.question, 140)}"
        yield from (f"    {harmless(text)}" for text in drift.lines)
