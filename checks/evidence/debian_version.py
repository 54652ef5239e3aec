"""Versions of Debian packages, compared as dpkg does (Debian Policy §5.6.12)."""

from __future__ import annotations

import re
from functools import total_ordering

_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
# What an archive appends when it repacks a release: 1.4.6+dfsg, 2.3.19.1+dfsg1, 1.6.5+ds.
_REPACKED = re.compile(r"\+(?:dfsg|ds|repack|debian)[0-9.]*$")


@total_ordering
class DebianVersion:
    """``[epoch:]upstream[-revision]``."""

    def __init__(self, text: str) -> None:
        self.text = text
        epoch, colon, rest = text.partition(":")
        self.epoch = int(epoch) if colon and epoch.isascii() and epoch.isdigit() else 0
        rest = rest if colon and epoch.isascii() and epoch.isdigit() else text
        upstream, hyphen, revision = rest.rpartition("-")
        self.upstream, self.revision = (upstream, revision) if hyphen else (rest, "")

    @property
    def released(self) -> DebianVersion:
        """The version as its authors released it: without epoch, revision, and what repacking appended."""
        return DebianVersion(_REPACKED.sub("", self.upstream))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DebianVersion) and not _compare(self, other)

    def __lt__(self, other: DebianVersion) -> bool:
        return _compare(self, other) < 0

    def __hash__(self) -> int:
        return hash(self.epoch)

    def __str__(self) -> str:
        return self.text


def _compare(a: DebianVersion, b: DebianVersion) -> int:
    return a.epoch - b.epoch or _order(a.upstream, b.upstream) or _order(a.revision, b.revision)


def _order(a: str, b: str) -> int:
    """Text and numbers by turns; text by its letters, numbers by their value."""
    left, right = _PARTS.findall(a), _PARTS.findall(b)
    for place in range(max(len(left), len(right))):
        text, number = left[place] if place < len(left) else ("", "")
        other_text, other_number = right[place] if place < len(right) else ("", "")
        difference = _by_letters(text, other_text) or int(number or 0) - int(other_number or 0)
        if difference:
            return difference
    return 0


def _by_letters(a: str, b: str) -> int:
    for place in range(max(len(a), len(b))):
        difference = _weight(a[place : place + 1]) - _weight(b[place : place + 1])
        if difference:
            return difference
    return 0


def _weight(letter: str) -> int:
    """A tilde stands before the end, the end before letters, letters before all else."""
    if letter == "~":
        return -1
    if not letter:
        return 0
    return ord(letter) if letter.isascii() and letter.isalpha() else ord(letter) + 256
