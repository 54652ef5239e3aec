"""The built-in filters of OpenSMTPD's listeners: what each compares, and what becomes of whom it is true of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.evidence.opensmtpd import Listener, Opensmtpd
from checks.evidence.opensmtpd_relay import reachable

_REFUSALS = ("disconnect", "reject")
_NAMED = ("rdns", "fcrdns")


@dataclass(frozen=True)
class Filter:
    """``filter NAME phase PHASE match CONDITION DECISION``, as one listener applies it (smtpd.conf(5)).

    condition: its words, ``!`` among them; there is one alone. decision: with its text, if it has one. spares: an
    earlier filter of this phase lets some clients pass by all that follow.
    """

    name: str
    phase: str
    condition: tuple[str, ...]
    decision: tuple[str, ...]
    spares: bool = False

    @property
    def refuses_names(self) -> bool:
        """Whether it refuses every client whose address has a name, whatever that is."""
        return len(self.condition) == 1 and self.condition[0] in _NAMED and self.decision[0] in _REFUSALS

    def __str__(self) -> str:
        said = " ".join(f'"{word}"' if " " in word else word for word in self.decision)
        asked = " ".join(self.condition).replace("! ", "!")
        return f"filter {self.name} phase {self.phase} match {asked} {said}"


def applied(conf: Opensmtpd) -> tuple[Filter, ...]:
    """The built-in filters of the listeners that others reach, in their order; those of programs are not among them."""
    return tuple(each for listener in reachable(conf) for each in _chain(conf, _names(listener)))


def _names(listener: Listener) -> tuple[str, ...]:
    """What stands behind ``filter``: the name of a filter or a chain, or a chain without a name."""
    words = listener.options
    at = words.index("filter") + 1 if "filter" in words else len(words)
    if words[at : at + 1] != ("{",):
        return words[at : at + 1]
    end = words.index("}", at) if "}" in words[at:] else len(words)
    return tuple(word for word in words[at + 1 : end] if word != ",")


def _chain(conf: Opensmtpd, names: Iterable[str]) -> Iterator[Filter]:
    passed: set[str] = set()
    for name in _members(conf, names):
        found = next((words for words in conf.settings if words[:3] == ("filter", name, "phase")), ())
        match found:
            case (_, _, _, phase, "match", *rest) if (cut := _decision(rest)) > 0:
                yield Filter(name, phase, tuple(rest[:cut]), tuple(rest[cut:]), phase in passed)
                passed |= {phase} if rest[cut] == "bypass" else set()


def _members(conf: Opensmtpd, names: Iterable[str]) -> Iterator[str]:
    """The filters of a chain; one chain is never part of another."""
    for name in names:
        chain = next((words for words in conf.settings if words[:3] == ("filter", name, "chain")), None)
        yield from (word for word in chain[3:] if word not in ("{", "}", ",")) if chain else (name,)


def _decision(words: list[str]) -> int:
    """Where the decision begins: the condition ends with its word, or with the table that it compares."""
    at = 1 if words[:1] == ["!"] else 0
    at += 1
    if words[at : at + 1] == ["regex"]:
        at += 1
    if words[at : at + 1] == ["{"]:
        at = words.index("}", at) + 1 if "}" in words else len(words)
    elif at < len(words) and words[at].startswith("<"):
        at += 1
    return at if at < len(words) else 0
