"""Rules and scores of Rspamd that refuse a message for what it lacks: a signature, a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from operator import add
from typing import Any

from checks.evidence.rspamd_dump import ABSENT, whole

# Reads a part of an expression from a word on: its value, and the word behind it.
_Term = Callable[[list[str], int, int], tuple[float, int]]
# The symbols of a success, whose absence is the same as what the others tell.
_SUCCESS = frozenset(("R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW", "ARC_ALLOW"))
_KINDS = ("weight", "score")
_REFUSALS = ("reject", "soft reject", "discard")
_WORD = re.compile(r"\s*(>=|<=|&&|\|\||[&|!+*()<>]|[\w:.~^-]{1,200})")
_SAME = {"and": "&", "&&": "&", "or": "|", "||": "|", "not": "!"}
_MOST_WORDS = 500
_MOST_DEPTH = 20


class ExpressionError(ValueError):
    """An expression that is of another form than is known here."""


def forced(dump: dict[str, Any]) -> tuple[str, ...]:
    """The rules that refuse a message of which nothing else is known than that it has no such thing.

    Raises ExpressionError where one that names such a symbol cannot be read.
    """
    rules = dump.get("force_actions", {}).get("rules")
    return tuple(
        f"{name}: {rule['action']} if {rule['expression']}"
        for name, rule in (rules.items() if isinstance(rules, dict) else ())
        if isinstance(rule, dict) and _refuses(rule) and refuses_absence(str(rule.get("expression", "")))
    )


def absence_points(text: str) -> dict[str, float]:
    """What the symbols of an absence weigh in what DUMP prints; a symbol's score goes before its weight."""
    found = whole(text)
    named = {kind: {n: v for n in ABSENT if isinstance(v := found.get(f"{n} {kind}"), int | float)} for kind in _KINDS}
    return {**named["weight"], **named["score"]}


def outweighed(points: dict[str, float], threshold: float | None) -> str:
    """By which points a message with nothing of all this is refused; empty if by none. AUTH_NA replaces the others."""
    added = {name: each for name, each in points.items() if each > 0 and name != "AUTH_NA"}
    alone = {name: each for name, each in points.items() if name == "AUTH_NA"}
    worst = max((added, alone), key=lambda each: sum(each.values()))
    if threshold is None or not worst or sum(worst.values()) < threshold:
        return ""
    told = ", ".join(f"{name} at {each:g}" for name, each in sorted(worst.items()))
    return f"{told}, and reject begins at {threshold:g}"


def _refuses(rule: dict[str, Any]) -> bool:
    """Whether it refuses what would else pass: require_action limits it to messages with an action already."""
    required = rule.get("require_action") or ["no action"]
    words = required if isinstance(required, list) else [required]
    return str(rule.get("action", "")).lower() in _REFUSALS and "no action" in words


def refuses_absence(expression: str) -> bool:
    """Whether it holds for a message that has none of all this, and no other symbol either."""
    if not any(word in _SUCCESS or word in ABSENT for word in re.findall(r"\w+", expression)):
        return False
    words = list(_words(expression))
    value, at = _any(words, 0, 0)
    if at != len(words):
        raise ExpressionError(expression)
    return value > 0


def _words(text: str) -> Iterator[str]:
    at, count = 0, 0
    text = text.rstrip()
    while at < len(text):
        found = _WORD.match(text, at)
        count += 1
        if not found or count > _MOST_WORDS:
            raise ExpressionError(text)
        yield _SAME.get(found[1].lower(), found[1])
        at = found.end()


def _any(words: list[str], at: int, depth: int) -> tuple[float, int]:
    """Terms with ``|`` between them; what binds tighter is read by those below: ``&``, comparisons, sums, ``!``."""
    return _joined("|", max, _all, words, at, depth)


def _all(words: list[str], at: int, depth: int) -> tuple[float, int]:
    return _joined("&", min, _compared, words, at, depth)


def _joined(
    sign: str, join: Callable[[float, float], float], term: _Term, words: list[str], at: int, depth: int
) -> tuple[float, int]:
    value, at = term(words, at, depth)
    while words[at : at + 1] == [sign]:
        other, at = term(words, at + 1, depth)
        value = join(value, other)
    return value, at


def _compared(words: list[str], at: int, depth: int) -> tuple[float, int]:
    value, at = _sum(words, at, depth)
    sign = words[at] if at < len(words) else ""
    if sign not in (">", ">=", "<", "<="):
        return value, at
    other, at = _sum(words, at + 1, depth)
    held = {">": value > other, ">=": value >= other, "<": value < other, "<=": value <= other}[sign]
    return float(held), at


def _sum(words: list[str], at: int, depth: int) -> tuple[float, int]:
    return _joined("+", add, _one, words, at, depth)


def _one(words: list[str], at: int, depth: int) -> tuple[float, int]:
    if at >= len(words) or depth > _MOST_DEPTH:
        raise ExpressionError(" ".join(words))
    word = words[at]
    if word == "!":
        value, at = _one(words, at + 1, depth + 1)
        return float(value <= 0), at
    if word == "(":
        value, at = _any(words, at + 1, depth + 1)
        if words[at : at + 1] != [")"]:
            raise ExpressionError(" ".join(words))
        return value, at + 1
    if not re.fullmatch(r"[\w:.~^-]+", word):
        raise ExpressionError(" ".join(words))
    return (float(word) if word.isdecimal() and len(word) < 10 else float(word in ABSENT)), at + 1
