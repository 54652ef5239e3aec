"""What keeps nft from loading a file of rules at boot, from what it says when it loads them without a network."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ERROR = re.compile(r"^(\S+?):(\d+):[\d:-]+: Error: (.+)$", re.MULTILINE)
# What nft says of the file itself; all else may be for want of the host's interfaces and modules.
_OF_THE_FILE = ("syntax error", "unknown identifier", "could not resolve hostname")
_NAME = "could not resolve hostname"


@dataclass(frozen=True)
class Flaw:
    """A line that nft does not take. needs_names: since it would have to ask the DNS, which is not there yet."""

    line: int
    text: str
    said: str

    @property
    def needs_names(self) -> bool:
        """Whether the line holds a host's name."""
        return self.said.lower().startswith(_NAME)

    def __str__(self) -> str:
        return f"line {self.line} ({self.text}): {self.said}"


def flaws(said: str) -> tuple[Flaw, ...]:
    """The flaws of the file in the errors that nft printed."""
    found = []
    for error in _ERROR.finditer(said):
        if error[3].lower().startswith(_OF_THE_FILE):
            quoted = said[error.end() :].lstrip("\n").split("\n")[0].strip()
            found.append(Flaw(int(error[2]), quoted[:100], error[3].strip()[:200]))
    return tuple(found)
