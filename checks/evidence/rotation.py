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
    r"(?:^|\s)(?:(?:after )?(hourly|daily|weekly|monthly|yearly)|\d+ bytes) .{0,80}?(?:\((\d+) rotations\)|no old logs)"
)
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
        elif line.startswith("rotating pattern:") or (found := _RULE.search(line)):
            found = _RULE.search(line)
            rule = Rotated(_DAYS.get(found[1], 0) if found else 0, int(found[2] or 0) if found else 0)
        elif considering := _CONSIDERING.match(line):
            logs[considering[1]] = rule
    return Rotation(logs, tuple(dict.fromkeys(errors)))
