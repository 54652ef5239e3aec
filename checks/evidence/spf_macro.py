"""SPF macros: the %{…} in an SPF record that stand for the sender, the client's address and so on (RFC 7208 §7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

# RFC 7208 §7.1: macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
_EXPAND = re.compile(r"%(?:\{([slodiphcrtvSLODIPHCRTV])([0-9]*)([rR]?)([.\-+,/_=]*)\}|([%_-]))")
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}
ESCAPED = tuple(_ESCAPES.values())
# RFC 7208 §7.1: macro-literal = %x21-24 / %x26-7E; explain-string adds the space.
_LITERAL = re.compile(r"[\x20-\x24\x26-\x7e]+")
# RFC 7208 §7.2: c, r and t are allowed only in the text of an explanation.
_EXPLANATION_ONLY = "crtCRT"


class MacroSyntaxError(ValueError):
    """A macro that RFC 7208 §7.1 does not know."""


@dataclass(frozen=True)
class Expand:
    """One ``%{…}``. letter: in lower case. keep: rightmost parts to keep, None for all. escape: for a URL."""

    letter: str
    keep: int | None
    reverse: bool
    delimiters: str
    escape: bool

    def of(self, value: str) -> str:
        """The value split, reversed, cut and joined by dots. RFC 7208 §7.3."""
        parts = re.split("[" + re.escape(self.delimiters) + "]", value)
        if self.reverse:
            parts.reverse()
        if self.keep is not None:
            parts = parts[-self.keep :]
        joined = ".".join(parts)
        return quote(joined, safe="-._~") if self.escape else joined


MacroString = tuple[str | Expand, ...]


def parse(text: str, explanation: bool = False) -> MacroString:
    """A macro-string as literals and macros.

    explanation: the text of an explanation, where spaces and the letters c, r and t are allowed (RFC 7208 §7.2).
    Raises MacroSyntaxError.
    """
    parts: list[str | Expand] = []
    at = 0
    while at < len(text):
        if (literal := _LITERAL.match(text, at)) and (explanation or " " not in literal[0]):
            parts.append(literal[0])
            at = literal.end()
        elif (macro := _EXPAND.match(text, at)) and (explanation or (macro[1] or " ") not in _EXPLANATION_ONLY):
            parts.append(_ESCAPES[macro[5]] if macro[5] else _expand(macro))
            at = macro.end()
        else:
            raise MacroSyntaxError(f"{text[at : at + 12]!r} is not a macro, nor text that may stand in SPF")
    return tuple(parts)


def _expand(macro: re.Match[str]) -> Expand:
    digits = macro[2].lstrip("0")
    if macro[2] and not digits:
        raise MacroSyntaxError(f"{macro[0]!r} keeps no part: the number must not be zero")
    keep = min(int(digits[:4]), 999) if digits else None
    return Expand(macro[1].lower(), keep, bool(macro[3]), macro[4] or ".", macro[1].isupper())


def expand(text: MacroString, value: Callable[[str], str]) -> str:
    """The string with each macro replaced by the value of its letter."""
    return "".join(part if isinstance(part, str) else part.of(value(part.letter)) for part in text)


def letters(text: MacroString) -> frozenset[str]:
    """The macro letters that occur."""
    return frozenset(part.letter for part in text if isinstance(part, Expand))
