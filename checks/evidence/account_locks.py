"""Accounts that passwd-files lock by a sign before the hash, and those that are open. No hash leaves its host."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.evidence.awk import program

_MOST = 20_000  # accounts of a host
_LINE = re.compile(r"(u[0-9a-f]{7}(?:@\S{1,253})?) (open|locked) (\d{1,9}) (/.{1,1024})")


@dataclass(frozen=True)
class Entries:
    """The accounts of a host, by their tokens. locked: where each stands, "FILE line N"; open: with any password."""

    locked: Mapping[str, str]
    open: frozenset[str]

    def half_locked(self, other: Entries) -> tuple[str, ...]:
        """Accounts that are locked here and open there; none where that is so of most, and thus by design."""
        found = tuple(sorted(name for name in self.locked if name in other.open))
        common = (self.locked.keys() | self.open) & (other.locked.keys() | other.open)
        return found if 2 * len(found) < len(common) else ()


def query(paths: Sequence[str]) -> str:
    """The command that tells which accounts of these passwd-files are locked (crypt(5): no hash holds a !)."""
    telling = shlex.quote("\n".join((program("token"), program("locks"))))
    there = " && ".join(f"[ -r {shlex.quote(path)} ]" for path in paths)
    made = f"{{ {there}; }} || exit 2; LC_ALL=C awk -F: {telling} {shlex.join(paths)} | head -n {_MOST}"
    return f"sudo sh -c {shlex.quote(made)}"


def entries(text: str) -> Entries:
    """What the command tells; an account that stands in two files is open if it is so in one of them."""
    rows = [row for line in text.splitlines() if (row := _LINE.fullmatch(line))]
    unlocked = frozenset(row[1] for row in rows if row[2] == "open")
    locked = {row[1]: f"{row[4]} line {row[3]}" for row in rows if row[2] == "locked" and row[1] not in unlocked}
    return Entries(locked, unlocked)
