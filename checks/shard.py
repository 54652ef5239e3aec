"""A share of a large fleet for one of several machines: `--shard 2/4` judges what belongs to the second of four."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from checks.target import Observer, Target


@dataclass(frozen=True)
class Shard:
    """number: from 1; of: how many there are. 1/1 is the whole fleet."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, target: Target) -> bool:
        """Whether this share judges the target.

        What stands on hosts goes with the first of them, since most of its evidence is theirs. Each machine judges
        the observers for itself: a blind one blinds its own share.
        """
        if isinstance(target, Observer):
            return True
        hosts = getattr(target, "hosts", ())
        return self.has(hosts[0].name if hosts else target.name)

    def has(self, name: str) -> bool:
        """Whether the host of this name belongs to this share, on whatever machine that is asked."""
        # Not hash(), which Python salts anew in every process.
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % self.of == self.number - 1


WHOLE = Shard()


def shard(text: str) -> Shard:
    """Read ``2/4``. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"--shard {text}: write NUMBER/OF, such as 2/4 for the second of four")
    return Shard(int(match[1]), int(match[2]))
