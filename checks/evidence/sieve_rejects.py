"""Sieve scripts that return mail to the sender it names: under which condition they reject it (RFC 5429).

LMTP takes the message; Dovecot then sends one of its own, for `reject` and, where it knows that, for `ereject`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from checks.evidence.sieve_marks import parted, shown, tokens

_MOST = 200_000  # characters of a script
_MOST_NESTED = 30
_REJECTS = ("reject", "ereject", "refuse")
_BEGINS = ("if", "elsif", "else")


@dataclass
class _Block:
    """ours: whether only mail of the site's own senders comes here; ended: nothing does any more.

    before: the tests that were false where an elsif or an else is entered.
    """

    begin: list[str]
    ours: bool = False
    ended: bool = False
    before: list[list[str]] = field(default_factory=list)


def rejections(text: str, own: Collection[str]) -> tuple[str, ...]:
    """The conditions under which a script rejects mail of strangers. own: domains to which a rejection may go."""
    plain = text[:_MOST].replace("\r\n", "\n")
    return tuple(dict.fromkeys(_rejections(tokens(plain), frozenset(each.lower() for each in own))))


def _rejections(words: Iterator[str], own: frozenset[str]) -> Iterator[str]:
    around = [_Block([])]
    statement: list[str] = []
    for word in words:
        if word not in ("{", "}", ";"):
            statement.append(word)
            continue
        if word == "{":
            around.append(_entered(statement, around[-1], own))
        elif word == "}" and len(around) > 1:
            _left(around.pop(), around[-1], own)
        elif statement[:1] == ["stop"]:
            around[-1].ended = True
        elif statement and statement[0] in _REJECTS and not any(each.ours or each.ended for each in around):
            yield " { ".join(shown(each.begin) for each in around[1:])[:160] or "whatever comes"
        statement = []


def _entered(begin: list[str], outer: _Block, own: frozenset[str]) -> _Block:
    """The block that this command begins; what is before it in the same chain was false."""
    if begin[:1] not in ([each] for each in _BEGINS):
        return _Block(begin)
    if begin[0] == "if":
        outer.before = []
    ours = any(_if_false(test, own) for test in outer.before)
    outer.before = [*outer.before, begin[1:]]
    return _Block(begin, ours or (begin[0] != "else" and _if_true(begin[1:], own)))


def _left(inner: _Block, outer: _Block, own: frozenset[str]) -> None:
    """Behind an `if` that stops, its test was false."""
    if inner.begin[:1] == ["if"] and inner.ended:
        outer.ours = outer.ours or _if_false(inner.begin[1:], own)


def _if_true(test: list[str], own: frozenset[str], nested: int = 0) -> bool:
    """Whether only mail of the site's own senders, or none, meets the test."""
    if not test or nested > _MOST_NESTED:
        return False
    if test[0] == "not":
        return _if_false(test[1:], own, nested + 1)
    if test[0] in ("allof", "anyof"):
        parts = (_if_true(part, own, nested + 1) for part in parted(test[2:-1]))
        return any(parts) if test[0] == "allof" else all(parts)
    return test[0] == "false" or (test[0] == "envelope" and _from_own(test[1:], own))


def _if_false(test: list[str], own: frozenset[str], nested: int = 0) -> bool:
    """Whether only mail of the site's own senders, or none, fails the test."""
    if not test or nested > _MOST_NESTED:
        return False
    if test[0] == "not":
        return _if_true(test[1:], own, nested + 1)
    if test[0] in ("allof", "anyof"):
        parts = (_if_false(part, own, nested + 1) for part in parted(test[2:-1]))
        return all(parts) if test[0] == "allof" else any(parts)
    return test[0] == "true"


def _from_own(words: list[str], own: frozenset[str]) -> bool:
    """envelope … "from" KEYS, all of them of own domains; or of the empty sender, whom nothing is sent to."""
    strings = [
        word[1:].lower()
        for before, word in zip(["", *words], words, strict=False)
        if word.startswith('"') and before != ":comparator"
    ]
    vague = {":contains", ":regex", ":value", ":count", ":localpart", ":user", ":detail"} & set(words)
    if strings[:1] != ["from"] or len(strings) < 2 or vague:
        return False
    domains = strings[1:] if ":domain" in words else [key and key.rpartition("@")[2] for key in strings[1:]]
    return all(not domain or domain in own for domain in domains)
