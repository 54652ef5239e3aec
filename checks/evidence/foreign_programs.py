"""Marks of an intruder: libraries loaded into every process, and programs in folders where everybody may write."""

from __future__ import annotations

import re

# Libraries that ld.so(8) loads into every program, with the package that brought each.
PRELOADED = (
    'sudo sh -c \'cat /etc/ld.so.preload 2>/dev/null | tr -s " :" "\\n" | grep / | head -n 20 | while read -r f; do '
    '{ dpkg -S "$f" || rpm -qf "$f"; } >/dev/null 2>&1 && echo "packaged $f" || echo "$f"; done; true\''
)
_OPEN = "(/tmp|/var/tmp|/dev/shm)/"
# Units and crontabs of the site that start a program there, and processes whose program lies there, as PLACE: WHAT.
RUN_THERE = (
    "sudo sh -c '"
    f'grep -rsHE "^Exec[A-Za-z]*=[-+@!:]*{_OPEN}" /etc/systemd/system /run/systemd/system | head -n 20; '
    f'grep -rsHE "^[^#]*[[:space:]]{_OPEN}" /etc/crontab /etc/cron.d /var/spool/cron | head -n 20; '
    "ls -l /proc/[0-9]*/exe 2>/dev/null | "
    f'sed -nE "s,^[^ ]+ +[0-9]+ +([^ ]+) .* -> ({_OPEN}.*),process of \\1: \\2,p" | '
    "sort -u | head -n 20; true'"
)
# What passes by itself: folders that systemd gives a service, the work of Ansible and of package managers.
_PASSING = re.compile(r"/(systemd-private-|ansible|apt-key-|dpkg|pip-|snap[.-]|\.X11)")


def preloaded(text: str) -> tuple[str, ...]:
    """Libraries loaded into every program that no package brought."""
    return tuple(line.strip() for line in text.splitlines() if line.startswith("/"))


def run_there(text: str) -> tuple[str, ...]:
    """What starts or runs a program in such a folder; lines of units as FILE: SETTING."""
    return tuple(line.strip()[:200] for line in text.splitlines() if line.strip() and not _PASSING.search(line))
