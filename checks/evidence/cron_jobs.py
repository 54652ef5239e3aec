"""Which files hold jobs for cron that no package brought, and what runs such jobs (cron(8), crontab(5))."""

from __future__ import annotations

import re

# Files with a line that begins with a time, without those that a package brought.
QUERY = (
    "sudo sh -c '"
    "for f in /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/* /var/spool/cron/*; do "
    '[ -f "$f" ] && grep -qE "^[[:space:]]*([0-9*]|@(reboot|hourly|daily|weekly|monthly|yearly))" "$f" || continue; '
    '{ dpkg -S "$f" || rpm -qf "$f"; } >/dev/null 2>&1 && continue; echo "$f"; done | head -n 40\''
)
# What runs them. systemd-cron makes a timer of each job, below cron.target.
_RUNNERS = re.compile(r"(cron|crond|cronie|fcron|bcron|vixie-cron|busybox-crond)\.service|cron\.target")


def files(text: str) -> tuple[str, ...]:
    """The files that the command named."""
    return tuple(line for line in text.splitlines() if line.startswith("/"))


def runs_jobs(unit: str) -> bool:
    """Whether a unit of this name runs the jobs."""
    return _RUNNERS.fullmatch(unit) is not None
