"""Versions of rpm's packages, in the order in which rpm has them (rpm-version(7))."""

from __future__ import annotations

import re

_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_END = (1, 0, "")

Order = tuple[int, tuple[tuple[tuple[int, int, str], ...], ...]]


def order(text: str) -> Order:
    """What to sort ``[epoch:]version-release`` by: numbers above letters, a tilde below the end."""
    epoch, colon, rest = text.partition(":")
    known = bool(colon) and epoch.isascii() and epoch.isdecimal() and len(epoch) < 12
    version, _, release = (rest if known else text).partition("-")
    return (int(epoch) if known else 0, (_segments(version), _segments(release)))


def _segments(text: str) -> tuple[tuple[int, int, str], ...]:
    return (*map(_segment, _SEGMENT.findall(text)), _END)


def _segment(text: str) -> tuple[int, int, str]:
    if text == "~":
        return (0, 0, "")
    if text == "^":
        return (2, 0, "")
    if not text.isdecimal():
        return (3, 0, text)
    number = text.lstrip("0")
    return (4, len(number), number)
