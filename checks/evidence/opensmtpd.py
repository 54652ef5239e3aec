"""OpenSMTPD's configuration: listeners, tables, actions and the rules that match mail with them (smtpd.conf(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_TOKEN = re.compile(r'"((?:[^"\\]|\\.){0,4096})"|([{},=!])|(<[^>\s]{1,200}>)|([^\s"{},=!#][^\s"{},=]*)|(\n)')
_MOST_DEPTH = 8
_MOST_PARTS = 20
_INCLUDE = re.compile(r'^[ \t]*include[ \t]+"(/[^"\n]{1,1000})"[ \t]*$', re.MULTILINE)
# What a rule compares, and whether an argument follows (smtpd.conf(5), match). `from auth` and the like take one
# of their own where a table or a quoted value stands next.
_FROM = ("any", "local", "socket", "auth", "mail-from", "rdns", "src")
# Options of a listener that take a value (smtpd.conf(5), listen on).
_VALUED = frozenset(("ca", "ciphers", "filter", "hostname", "hostnames", "pki", "port", "protocols", "senders", "tag"))
_FOR = ("any", "local", "domain", "rcpt-to")
_WITH_VALUE = frozenset(("mail-from", "rdns", "src", "domain", "rcpt-to", "tag", "helo"))


@dataclass(frozen=True)
class Criterion:
    """One condition of a rule. what: ``from src``, ``for domain``, ``tls``, ``auth`` …; negated: ``!`` before it."""

    what: str
    values: tuple[str, ...] = ()
    negated: bool = False

    def __str__(self) -> str:
        return f"{'!' * self.negated}{self.what} {' '.join(self.values)}".strip()


@dataclass(frozen=True)
class Rule:
    """``match … action NAME`` or ``match … reject``. action: empty for a reject."""

    criteria: tuple[Criterion, ...]
    action: str
    line: str


@dataclass(frozen=True)
class Action:
    """``action NAME METHOD options``. method: relay, maildir, lmtp, expand-only …; options: its words."""

    name: str
    method: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Listener:
    """``listen on INTERFACE options``."""

    interface: str
    options: tuple[str, ...]

    @property
    def loopback(self) -> bool:
        """Reached from this machine only."""
        return self.interface in ("lo", "lo0", "socket", "localhost", "::1") or self.interface.startswith("127.")

    @property
    def port(self) -> str:
        """The port, by number or name; 25 if none is named, 465 where TLS begins at once."""
        named = self.after("port")
        return {"smtp": "25", "smtps": "465", "submission": "587"}.get(named, named) or (
            "465" if "smtps" in self.options else "25"
        )

    @property
    def words(self) -> frozenset[str]:
        """The options alone, without the values that some take: a tag may be named auth."""
        before = ("", *self.options)
        return frozenset(word for last, word in zip(before, self.options, strict=False) if last not in _VALUED)

    def after(self, word: str) -> str:
        """The word that follows this one; empty if it is not there."""
        at = self.options.index(word) if word in self.options else -1
        return self.options[at + 1] if 0 <= at < len(self.options) - 1 else ""


@dataclass(frozen=True)
class Opensmtpd:
    """tables: inline members, or the one word that says where a table is kept (``file:/etc/…``)."""

    listeners: tuple[Listener, ...]
    tables: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, Action]
    rules: tuple[Rule, ...]
    settings: tuple[tuple[str, ...], ...]

    def setting(self, *words: str) -> str:
        """The word after a global setting such as ``smtp max-message-size``; empty if it is not set."""
        found = [line for line in self.settings if line[: len(words)] == words and len(line) > len(words)]
        return found[-1][len(words)] if found else ""

    def pki(self, kind: str) -> tuple[str, ...]:
        """The files of all its certificates (``cert``) or keys (``key``)."""
        rows = [line for line in self.settings if len(line) > 3 and line[0] == "pki" and line[2] == kind]
        return tuple(dict.fromkeys(line[3] for line in rows))

    @property
    def rule_files(self) -> tuple[str, ...]:
        """The files of the tables that rules compare with; those of passwords are not among them."""
        compared = {value.strip("<>") for rule in self.rules for each in rule.criteria for value in each.values}
        kept = [members[0] for name, members in self.tables.items() if name in compared and len(members) == 1]
        return tuple(word.removeprefix("file:") for word in kept if word.startswith("file:"))


def opensmtpd(text: str) -> Opensmtpd:
    """Read smtpd.conf. What is not understood is passed over: `smtpd -n` says whether it is right."""
    listeners: list[Listener] = []
    tables: dict[str, tuple[str, ...]] = {}
    actions: dict[str, Action] = {}
    rules: list[Rule] = []
    settings: list[tuple[str, ...]] = []
    for words in _lines(text):
        match words:
            case ["listen", "on", interface, *options]:
                listeners.append(Listener(interface, tuple(options)))
            case ["table", name, *members]:
                tables[name] = tuple(word for word in members if word not in "{},=")
            case ["action", name, method, *options]:
                actions[name] = Action(name, method, tuple(options))
            case ["match", *rest]:
                rules.append(_rule(rest))
            case _:
                settings.append(tuple(words))
    return Opensmtpd(
        tuple(listeners), MappingProxyType(tables), MappingProxyType(actions), tuple(rules), tuple(settings)
    )


def included(text: str) -> tuple[str, ...]:
    """The files that `include` statements name (smtpd.conf(5))."""
    return tuple(dict.fromkeys(match[1] for match in _INCLUDE.finditer(text)))[:_MOST_PARTS]


def with_parts(text: str, parts: Mapping[str, str]) -> str:
    """The text with each included file in its place; one that was not read leaves nothing."""
    return _INCLUDE.sub(lambda match: parts.get(match[1], ""), text)


def _lines(text: str) -> Iterator[list[str]]:
    """The statements, macros replaced. A line goes on behind a backslash, and until a brace is closed."""
    macros: dict[str, str] = {}
    words: list[str] = []
    depth = 0
    for word in _words(text + "\n"):
        depth = min(_MOST_DEPTH, max(0, depth + (word == "{") - (word == "}")))
        if word != "\n":
            words.append(macros.get(word[1:], word) if word.startswith("$") else word)
        elif depth == 0 and words:
            if len(words) == 3 and words[1] == "=":
                macros[words[0]] = words[2]
            else:
                yield words
            words = []


def _words(text: str) -> Iterator[str]:
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.split("\n"):
        for match in _TOKEN.finditer(_without_comment(line)):
            yield match[1] if match[1] is not None else next(g for g in match.groups()[1:] if g)
        yield "\n"


def _without_comment(line: str) -> str:
    quoted = False
    for at, char in enumerate(line):
        quoted ^= char == '"'
        if char == "#" and not quoted:
            return line[:at]
    return line


def _rule(words: list[str]) -> Rule:
    line = " ".join(["match", *words])
    criteria: list[Criterion] = []
    at, negated = 0, False
    while at < len(words):
        word = words[at]
        if word == "action":
            return Rule(tuple(criteria), (words[at + 1 :] or [""])[0], line)
        if word == "reject":
            return Rule(tuple(criteria), "", line)
        if word == "!":
            negated, at = True, at + 1
            continue
        criterion, at = _criterion(words, at, negated)
        criteria += [criterion] if criterion else []
        negated = False
    return Rule(tuple(criteria), "", line)


def _criterion(words: list[str], at: int, negated: bool) -> tuple[Criterion | None, int]:
    what = words[at]
    at += 1
    if what in ("from", "for"):
        kinds = _FROM if what == "from" else _FOR
        kind = words[at] if at < len(words) and words[at] in kinds else "any"
        at += at < len(words) and words[at] in kinds
        what = f"{what} {kind}"
    if what.rpartition(" ")[2] not in _WITH_VALUE:
        return Criterion(what, (), negated), at
    values, at = _values(words, at)
    return Criterion(what, values, negated), at


def _values(words: list[str], at: int) -> tuple[tuple[str, ...], int]:
    if at < len(words) and words[at] == "{":
        end = words.index("}", at) if "}" in words[at:] else len(words)
        return tuple(word for word in words[at + 1 : end] if word != ","), end + 1
    return tuple(words[at : at + 1]), at + 1


def paused(text: str) -> tuple[str, ...]:
    """The parts that `smtpctl show status` calls paused."""
    rows = (line.split() for line in text.splitlines())
    return tuple(words[0] for words in rows if len(words) == 2 and words[1] == "paused")
