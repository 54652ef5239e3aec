"""When daemons were started, and what they were started with, from `ps`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A running process. name: as the kernel keeps it; started: seconds since 1970, by the host's clock."""

    name: str
    started: int
    arguments: str


def processes(text: str) -> tuple[Process, ...]:
    """From `date +%s` followed by `ps -o etimes=,comm=,args=`; other lines are passed over."""
    first, *rest = text.splitlines() or [""]
    if not (first := first.strip()).isdecimal() or len(first) > 20:
        return ()
    now = int(first)
    rows = (line.split(None, 2) for line in rest)
    return tuple(
        Process(row[1], now - int(row[0]), row[2] if len(row) > 2 else "")
        for row in rows if len(row) >= 2 and row[0].isdecimal() and len(row[0]) < 20
    )  # fmt: skip
