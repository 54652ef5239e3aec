"""What systemd counts of each unit: how often it was started again, its tasks, and when a timer went off last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

SERVICES = "systemctl show --no-pager -p Id,ActiveState,NRestarts,TasksCurrent,TasksMax '*.service'"
TIMERS = "systemctl show --no-pager -p Id,ActiveState,LastTriggerUSec,TimersCalendar,Unit '*.timer'"
_CALENDAR = re.compile(r"OnCalendar=([^;]*[^; ])")
_WEEKDAY = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")


@dataclass(frozen=True)
class UnitUse:
    """A service that runs. restarts: by systemd, since it was started by somebody; most: tasks, 0 for no limit."""

    name: str
    restarts: int
    tasks: int
    most: int

    @property
    def percent(self) -> float:
        return 100 * self.tasks / self.most if self.most else 0.0


@dataclass(frozen=True)
class Timer:
    """A timer that waits. last: when it went off, None if never; days: between two times, 0 where that is not plain."""

    name: str
    last: datetime | None
    days: int
    unit: str


def _blocks(shown: str) -> Iterator[dict[str, str]]:
    for block in shown.split("\n\n"):
        found = dict(line.partition("=")[::2] for line in block.splitlines())
        if found.get("Id") and found.get("ActiveState") in ("active", "reloading", "activating"):
            yield found


def services(shown: str) -> tuple[UnitUse, ...]:
    """The services that run, from `systemctl show`."""
    return tuple(
        UnitUse(b["Id"], _number(b.get("NRestarts")), _number(b.get("TasksCurrent")), _number(b.get("TasksMax")))
        for b in _blocks(shown)
    )


def _number(text: str | None) -> int:
    """0 also for `infinity` and `[not set]`."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def timers(shown: str) -> tuple[Timer, ...]:
    """The timers that are waiting, from `systemctl show`."""
    return tuple(
        Timer(b["Id"], _moment(b.get("LastTriggerUSec", "")), _period(b.get("TimersCalendar", "")), b.get("Unit", ""))
        for b in _blocks(shown)
    )


def _moment(text: str) -> datetime | None:
    """``Wed 2026-11-25 22:25:12 UTC``; in the host's own zone where that is another one, hence to a day or so."""
    words = text.split()
    try:
        return datetime.fromisoformat(f"{words[1]}T{words[2]}+00:00").astimezone(UTC)
    except (IndexError, ValueError, OverflowError):
        return None


def _period(calendar: str) -> int:
    """Days between two times of a calendar event (systemd.time(7)), at most; 0 where that is not plain."""
    match = _CALENDAR.search(calendar)
    words = match[1].split() if match else []
    date = next((word for word in words if word.count("-") == 2), "")
    if not date:
        return 0
    _, month, day = date.split("-")
    if month != "*":
        return 366
    if day != "*":
        return 31
    return 7 if _WEEKDAY.match(words[0]) else 1
