"""The folders of Postfix's queue (qmgr(8)): how many messages each holds, and how many should have moved on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMES = ("maildrop", "incoming", "active", "deferred", "hold", "corrupt")


@dataclass(frozen=True)
class Folders:
    """files, overdue: numbers by folder. A deferred file's time is that of its next attempt, so it may be overdue."""

    files: Mapping[str, int]
    overdue: Mapping[str, int]

    @property
    def not_moving(self) -> dict[str, int]:
        """Folders that should empty themselves, with how many messages they have kept too long."""
        names = ("maildrop", "incoming", "active", "deferred")
        return {name: self.overdue[name] for name in names if self.overdue.get(name)}


def folders(text: str) -> Folders:
    """From lines of folder, files and overdue files; lines of another shape are passed over."""
    rows = [line.split() for line in text.splitlines()]
    known = [row for row in rows if len(row) == 3 and row[0] in NAMES and row[1].isdecimal() and row[2].isdecimal()]
    return Folders({row[0]: int(row[1]) for row in known}, {row[0]: int(row[2]) for row in known})
