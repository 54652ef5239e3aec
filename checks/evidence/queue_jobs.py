"""Timers and cron jobs that delete the mail that waits."""

from __future__ import annotations

import re

# Each line that calls postsuper with -d, in units and crontabs of the site, as FILE:LINE.
QUERY = (
    'sudo sh -c \'grep -rHsE "postsuper.* -d" /etc/systemd/system /etc/crontab /etc/cron.d /etc/cron.hourly '
    "/etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron; true'"
)
_LINE = re.compile(r"(/[^:\n]+):(.*)")
# What was put on hold was looked at already: a quarantine may be emptied.
_ALL = re.compile(r"postsuper\b[^|;&]*\s-d\s*ALL\b(?!\s+hold\b)")


def emptiers(text: str, timers: frozenset[str]) -> tuple[str, ...]:
    """Jobs that empty the queue. timers: the names of those that wait; a unit without one is started by hand."""
    found = []
    for line in text.splitlines():
        if not (parts := _LINE.fullmatch(line)) or parts[2].lstrip().startswith(("#", ";")):
            continue
        unit = parts[1].rpartition("/")[2] if parts[1].startswith("/etc/systemd/") else ""
        by_hand = unit and f"{unit.removesuffix('.service')}.timer" not in timers
        if _ALL.search(parts[2]) and not by_hand:
            found.append(f"{parts[1]}: {parts[2].strip()[:120]}")
    return tuple(found)
