"""What systemd counts of each unit: how often it was started again, its tasks, and when a timer went off last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from checks.evidence.counted import counted

SERVICES = "systemctl show --no-pager -p Id,ActiveState,NRestarts,TasksCurrent,TasksMax '*.service'"
# By name: a timer that was stopped is no longer loaded, and '*.timer' would not show it. From links, since listing all
# unit files costs systemd half a second.
TIMERS = (
    'set -- $(for f in /etc/systemd/system/*.wants/*.timer; do [ -L "$f" ] && echo "${f##*/}"; done | sort -u); '
    "test $# -eq 0 || systemctl show --no-pager "
    '-p Id,ActiveState,ConditionResult,ConditionTimestampMonotonic,LastTriggerUSec,TimersCalendar "$@"'
)
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
    """An enabled timer. active: waiting, or not (unmet: a condition of the unit keeps it from it).

    last: when it went off, None if never; days: between two times, 0 where that is not plain.
    """

    name: str
    active: str
    unmet: bool
    last: datetime | None
    days: int


def _blocks(shown: str) -> Iterator[dict[str, str]]:
    for block in shown.split("\n\n"):
        found = dict(line.partition("=")[::2] for line in block.splitlines())
        if found.get("Id"):
            yield found


def services(shown: str) -> tuple[UnitUse, ...]:
    """The services that run, from `systemctl show`."""
    return tuple(
        UnitUse(b["Id"], *(counted(b.get(name, "")) for name in ("NRestarts", "TasksCurrent", "TasksMax")))
        for b in _blocks(shown)
        if b.get("ActiveState") in ("active", "reloading", "activating")
    )


def timers(shown: str) -> tuple[Timer, ...]:
    """The enabled timers, from `systemctl show`."""
    return tuple(
        Timer(
            b["Id"], b.get("ActiveState", ""),
            b.get("ConditionResult") == "no" and b.get("ConditionTimestampMonotonic", "0") not in ("", "0"),
            _moment(b.get("LastTriggerUSec", "")), _period(b.get("TimersCalendar", "")),
        )
        for b in _blocks(shown)
    )  # fmt: skip


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
