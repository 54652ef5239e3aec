"""How a site fared over the runs that were kept: root causes by severity, one column a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.catalogue import SEVERITIES
from reports.body import day
from reports.head import Head

# What narrows a run: one of a part of the fleet says nothing of the course of the whole.
_NARROWING = ("-k", "-m", "limit", "files", "allow")
HEIGHT = 100


@dataclass(frozen=True)
class Bar:
    """A part of a column, in per cent of its height."""

    severity: str
    top: float
    height: float


@dataclass(frozen=True)
class Column:
    """One run: when, root causes by severity, what was not seen, and the drawing of it."""

    when: str
    causes: tuple[tuple[str, int], ...]
    unseen: int
    bars: tuple[Bar, ...]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.causes)


def comparable_heads(heads: Iterable[Head]) -> list[Head]:
    """Those that looked at the same part of the fleet, by the same selection, as the last of them."""
    kept = list(heads)
    return [head for head in kept if _part(head) == _part(kept[-1])]


def _part(head: Head) -> tuple[str, ...]:
    return tuple(head.selection.get(name, "") for name in _NARROWING)


def columns(heads: Iterable[Head]) -> tuple[Column, ...]:
    """Oldest first, drawn to one scale."""
    kept = comparable_heads(heads)
    most = max((sum(number for _, number in _causes(head)) for head in kept), default=0)
    return tuple(
        Column(day(head.clock), causes, head.counts.get("unseen", 0), tuple(_bars(causes, most)))
        for head in kept
        for causes in [_causes(head)]
    )


def _causes(head: Head) -> tuple[tuple[str, int], ...]:
    return tuple((severity, head.counts.get(f"cause {severity}", 0)) for severity in SEVERITIES)


def _bars(causes: Iterable[tuple[str, int]], most: int) -> Iterable[Bar]:
    """The gravest at the foot, where columns are compared most easily."""
    foot = float(HEIGHT)
    for severity, number in causes:
        if number:
            height = round(HEIGHT * number / most, 2)
            foot -= height
            yield Bar(severity, round(max(foot, 0.0), 2), height)
