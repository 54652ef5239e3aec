"""Expands $name in Postfix's parameter values, with the conditional forms of postconf(5)."""

from __future__ import annotations

import re
from collections.abc import Mapping

MOST_CHARACTERS = 65536
MOST_NESTED = 32

_NAME = re.compile(r"\w+")
_COMPARISON = re.compile(r"\s*(==|!=|<=|>=|<|>)(?:level)?\s*")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}")
_CLOSES = {"{": "}", "(": ")"}
_LISTED = ", \t\r\n"
_PLAIN_WORD = re.compile(f"[^{_LISTED}]+")


def expand(value: str, known: Mapping[str, str]) -> str:
    """The value with $name, ${name}, ${name?text}, ${name:text} and ${{a} == {b} ? {c} : {d}} replaced.

    A plain name that is no parameter is left as it stands: it is one that a program fills in later ($recipient).
    """
    return _Expansion(known).of(value)


class _Expansion:
    """One expansion: each name is worked out once, and a name within itself is left as it stands."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.done: dict[str, str] = {}
        self.path: list[str] = []

    def of(self, value: str) -> str:
        parts: list[str] = []
        room, at = MOST_CHARACTERS, 0
        while (dollar := value.find("$", at)) >= 0 and room > 0:
            text, after = self.macro(value, dollar)
            parts += (value[at:dollar], text)
            room -= dollar - at + len(text)
            at = after
        return "".join([*parts, value[at:]])[:MOST_CHARACTERS]

    def macro(self, value: str, dollar: int) -> tuple[str, int]:
        """What the macro at this dollar sign stands for, and where the text after it begins."""
        following = value[dollar + 1 : dollar + 2]
        if following in _CLOSES:
            end = closing(value, dollar + 1)
            if end < 0:
                return value[dollar:], len(value)
            return self.braced(value[dollar + 2 : end], value[dollar : end + 1]), end + 1
        name = _NAME.match(value, dollar + 1)
        if name is None:
            return following or "$", dollar + 1 + len(following)  # `$$` is a dollar sign
        return self.plain(name[0], f"${name[0]}"), name.end()

    def plain(self, name: str, written: str) -> str:
        if name not in self.known or name in self.path or len(self.path) >= MOST_NESTED:
            return written
        if name not in self.done:
            self.path.append(name)
            self.done[name] = self.of(self.known[name])
            self.path.pop()
        return self.done[name]

    def braced(self, inside: str, written: str) -> str:
        name = _NAME.match(inside)
        if name is None:
            return self.compared(inside, written)
        rest = inside[name.end() :].lstrip()
        if not rest:
            return self.plain(name[0], written)
        return self.chosen(bool(self.plain(name[0], "")), rest) if rest[0] in "?:" else written

    def chosen(self, holds: bool, rest: str) -> str:
        """``?{a}:{b}``, ``?a`` or ``:b`` after a condition."""
        first, after = _operand(rest[1:].lstrip())
        taken = first if holds == (rest[0] == "?") else ""
        if rest[0] == "?" and not holds and after.lstrip().startswith(":"):
            taken, _ = _operand(after.lstrip()[1:].lstrip())
        return self.nested(taken)

    def compared(self, inside: str, written: str) -> str:
        left, rest = _operand(inside.strip())
        comparison = _COMPARISON.match(rest)
        if comparison is None:
            return written
        right, rest = _operand(rest[comparison.end() :])
        holds = _holds(self.nested(left), comparison[1], self.nested(right))
        return self.chosen(holds, rest.lstrip()) if rest.lstrip()[:1] in ("?", ":") else ""

    def nested(self, text: str) -> str:
        """Text within a macro, which may hold macros; how deep they nest is bounded."""
        if len(self.path) >= MOST_NESTED:
            return text
        self.path.append("")
        found = self.of(text)
        self.path.pop()
        return found


def _operand(text: str) -> tuple[str, str]:
    """A text in braces, or all that is left; and what follows it."""
    if not text.startswith("{"):
        return text, ""
    end = closing(text, 0)
    return (text[1:end].strip(), text[end + 1 :]) if end > 0 else (text, "")


def _holds(left: str, operator: str, right: str) -> bool:
    """Compared as Postfix does: as numbers where both are (compatibility levels: by their parts), else as text."""
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        a, b = tuple(map(int, left.split("."))), tuple(map(int, right.split(".")))
        before, same = a < b, a == b
    else:
        before, same = left < right, left == right
    after = not before and not same
    return {"==": same, "!=": not same, "<": before, "<=": before or same, ">": after, ">=": after or same}[operator]


def closing(text: str, at: int) -> int:
    """Where the bracket that opens at this place is closed; -1 if it never is, or others nest too deep within."""
    opens, closes = text[at], _CLOSES[text[at]]
    level = 0
    for place in range(at, len(text)):
        level += (text[place] == opens) - (text[place] == closes)
        if level == 0:
            return place
        if level > MOST_NESTED:
            return -1
    return -1


def words(value: str) -> tuple[str, ...]:
    """The items of a list parameter, parted by commas and white space; {…} within one is kept whole."""
    if "{" not in value:
        return tuple(_PLAIN_WORD.findall(value))
    found: list[str] = []
    at = 0
    while at < len(value):
        if value[at] in _LISTED:
            at += 1
            continue
        start = at
        while at < len(value) and value[at] not in _LISTED:
            end = closing(value, at) if value[at] == "{" else -1
            at = end + 1 if end > 0 else at + 1
        found.append(value[start:at])
    return tuple(found)
