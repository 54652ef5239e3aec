"""How many files and connections each process holds, and how many it may: /proc/PID/fd and /proc/PID/limits."""

from __future__ import annotations

from dataclasses import dataclass

# Processes that hold fifty or more, at most forty of them: the others are far from any limit that daemons are given.
COMMAND = (
    "sudo sh -c 'find /proc/[0-9]*/fd -maxdepth 1 -type l 2>/dev/null | cut -d/ -f3 | sort | uniq -c | sort -rn | "
    "head -n 40 | while read -r n p; do test $n -ge 50 || break; echo $n $p "
    '$(sed -n "s/^Max open files *\\([0-9a-z]*\\).*/\\1/p" /proc/$p/limits 2>/dev/null) '
    "$(cat /proc/$p/comm 2>/dev/null); done'"
)


@dataclass(frozen=True)
class Held:
    """What one process holds. most: its own limit; 0: none."""

    process: str
    pid: int
    used: int
    most: int

    @property
    def percent(self) -> float:
        return 100 * self.used / self.most if self.most else 0.0


def held(text: str) -> tuple[Held, ...]:
    """Each process that the command named; lines of another shape (it ended meanwhile) are passed over."""
    rows = [line.split(None, 3) for line in text.splitlines()]
    return tuple(
        Held(row[3], int(row[1]), int(row[0]), int(row[2]) if row[2].isdecimal() else 0)
        for row in rows
        if len(row) == 4 and row[0].isdecimal() and row[1].isdecimal() and all(len(word) < 20 for word in row[:3])
    )
