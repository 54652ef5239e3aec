"""Which logs are rotated, how often, and since when: what `logrotate -d` would do, and does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

QUERY = (
    "sudo sh -c 'command -v logrotate >/dev/null || exit 127; "
    'logrotate -d /etc/logrotate.conf 2>&1 | grep -vE "^(reading config|Reading state|Allocating|Creating new)"; true\''
)
_DAYS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 31.0, "yearly": 366.0}
_RULE = re.compile(
    r"(?:^|\s)(?:(?:after )?(hourly|daily|weekly|monthly|yearly)|after (\d{1,4}) days|\d+ bytes) .{0,120}?"
    r"(?:\((\d{1,6}) rotations\)|no old logs)"
)
# Until it has this size (minsize), a log is left alone, however old.
_LEAST = "only log files >="
_CONSIDERING = re.compile(r"^considering log (/.*)$")
_ERROR = re.compile(r"^error: (.*)$|^(/\S+:\d+ .*)$")


@dataclass(frozen=True)
class Rotated:
    """What is done to one log. days: between two rotations, 0 where it goes by size; kept: old files."""

    days: float
    kept: int


@dataclass(frozen=True)
class Rotation:
    """logs: by path, with globs as they are written; errors: why a part of the configuration is passed over."""

    logs: Mapping[str, Rotated]
    errors: tuple[str, ...]


def rotation(text: str) -> Rotation:
    """Raises nothing: lines of another shape are passed over."""
    logs: dict[str, Rotated] = {}
    errors: list[str] = []
    rule = Rotated(0, 0)
    for line in text.splitlines():
        if said := _ERROR.match(line):
            errors.append(said[1] or said[2])
        elif line.startswith("rotating pattern:") or _RULE.search(line):
            rule = _rule(line)
        elif _LEAST in line:
            rule = Rotated(0, rule.kept)
        elif considering := _CONSIDERING.match(line):
            logs[considering[1]] = rule
    return Rotation(logs, tuple(dict.fromkeys(errors)))


def _rule(line: str) -> Rotated:
    """``daily`` is shown as ``after 1 days``."""
    found = _RULE.search(line)
    if not found:
        return Rotated(0, 0)
    days = float(found[2]) if found[2] else _DAYS.get(found[1], 0)
    return Rotated(0 if _LEAST in line else days, int(found[3] or 0))
