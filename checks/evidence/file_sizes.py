"""How large a file each process may write (RLIMIT_FSIZE), of those that have a limit: /proc/PID/limits."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The kernel ends a process that writes more by SIGXFSZ, or says EFBIG (setrlimit(2)).
COMMAND = (
    'sudo sh -c \'grep -sH "^Max file size" /proc/[0-9]*/limits | grep -v "size *unlimited" | head -n 60 | '
    "while read -r path _ _ most _; do p=${path#/proc/}; p=${p%%/*}; "
    'unit=$(sed -n "s,.*/\\([^/]*[.]service\\).*,\\1,p" /proc/$p/cgroup 2>/dev/null | head -n 1); '
    "echo $p $most ${unit:--} $(cat /proc/$p/comm 2>/dev/null); done; true'"
)
_ROW = re.compile(r"(\d{1,10}) (\d{1,19}) (\S{1,200}) (\S.{0,40})")


@dataclass(frozen=True)
class Bounded:
    """A process, the unit that it belongs to (- for none), and the octets that a file of its may have."""

    pid: int
    octets: int
    unit: str
    process: str


def bounded(text: str) -> tuple[Bounded, ...]:
    """Each process that the command named; lines of another shape (it ended meanwhile) are passed over."""
    rows = (_ROW.fullmatch(line.strip()) for line in text.splitlines()[:100])
    return tuple(Bounded(int(row[1]), int(row[2]), row[3], row[4]) for row in rows if row)
