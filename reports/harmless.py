"""Text from servers made safe to show: nothing in it can drive a terminal, reverse a line or break a file's format."""

from __future__ import annotations


def harmless(text: str, most: int = 0) -> str:
    """The text as one line; what does not print stands as ``\\xNN`` or ``\\uNNNN``. most: characters kept; 0: all."""
    shown = text if text.isascii() and text.isprintable() else "".join(map(_shown, text))
    return f"{shown[:most]}…" if 0 < most < len(shown) else shown


def _shown(character: str) -> str:
    if character.isprintable() or character == "\t":
        return " " if character == "\t" else character
    return character.encode("unicode_escape").decode("ascii")
