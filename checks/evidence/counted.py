"""Counts as programs print them."""

from __future__ import annotations


def counted(word: str) -> int:
    """The number, of 18 digits at most; 0 for any other word (``-``, ``infinity``, ``[not set]``)."""
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 19 else 0
