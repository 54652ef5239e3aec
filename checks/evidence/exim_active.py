"""Exim's configuration as it was read, with macros and included files in place: named lists, and access control lists.

`exim -bP config` shows it to root. Of the access control lists only names and delays leave the host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from checks.evidence.exim_log import seconds

_MARK = "# Exim Configuration"
_NEXT = "routers|transports|authenticators|retry|rewrite|local_scan"
QUERY = (
    "sudo sh -c 'e=$(command -v exim4 || command -v exim) || exit 127; $e -bP config 2>/dev/null | sed -nE \""
    f"/^{_MARK}/p; /^domainlist /{{s/(pass[a-z]*=)[^ ]*/\\1(hidden)/g; p}}; /^begin acl/,/^begin ({_NEXT})/{{"
    "/^  [^ =]+:/p; /^    /{/^ *([a-z]+ +)?delay *=/!s/=.*/=/; p}}\" | cut -c 1-1000 | head -n 3000'"
)
_LIST = re.compile(r"domainlist(?:_cache)? +([\w.-]{1,64}) *= *(.*)")
_VERB = re.compile(r"(accept|defer|deny|discard|drop|require|warn)\b *(.*)")
_CONDITION = re.compile(r"(! *)?([a-z_0-9]{1,40}) *(?:=(.*))?")
_TIME = re.compile(r"(?:\d{1,6}[wdhms]?)+")
# What may stand before a delay that honest senders meet: conditions that hold for mail that is wanted, and modifiers,
# which are none. Others, such as dnslists, condition or !verify, pick out whom one suspects.
_ORDINARY = frozenset({"domains", "verify", "encrypted", "!authenticated", "!hosts", "!domains", "!senders"})
_ACCEPTED = frozenset({"authenticated", "hosts", "local_parts", "senders", "sender_domains", "recipients"})
_MODIFIERS = frozenset({"add_header", "continue", "control", "delay", "endpass", "log_message", "log_reject_target",
                        "logwrite", "message", "queue", "remove_header", "set", "udpsend"})  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A verb with its conditions and modifiers in order; a negated one begins with ``!``. Values: of delays alone."""

    verb: str
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def conditions(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.parts if name not in _MODIFIERS)

    @property
    def delay(self) -> float:
        """Seconds for which it keeps senders waiting whom it suspects of nothing."""
        allowed = _ORDINARY | _ACCEPTED if self.verb == "accept" else _ORDINARY
        whole = 0.0
        for name, value in self.parts:
            if name not in _MODIFIERS and name not in allowed:
                break
            if name == "delay" and _TIME.fullmatch(value):
                whole += seconds(value) if value[-1].isalpha() else seconds(f"{value}s")
        return whole if self.verb in ("accept", "warn", "require") else 0.0


@dataclass(frozen=True)
class Active:
    """domains: named lists of domains; acls: by name."""

    domains: Mapping[str, str]
    acls: Mapping[str, tuple[Statement, ...]]

    def delay(self, acl: str) -> float:
        """Seconds for which an access control list keeps whomever it accepts in the end.

        What comes after the last statement that accepts meets those alone who are refused anyway.
        """
        whole, passed = 0.0, 0.0
        for statement in self.acls.get(acl, ()):
            passed += statement.delay
            if statement.verb in ("accept", "discard"):
                whole = passed
            if statement.verb != "warn" and statement.verb != "require" and not statement.conditions:
                break
        return whole


def active(text: str) -> Active | None:
    """From QUERY; None where this Exim does not show its configuration so."""
    if not text.startswith(_MARK):
        return None
    domains: dict[str, str] = {}
    acls: dict[str, list[Statement]] = {}
    into: list[Statement] = []
    for line in text.splitlines():
        if found := _LIST.fullmatch(line):
            domains[found[1]] = found[2]
        elif label := re.fullmatch(r"  ([^\s:=]{1,64}):", line):
            into = acls.setdefault(label[1], [])
        elif line.startswith("    "):
            _take(into, line.strip())
    return Active(MappingProxyType(domains), MappingProxyType({name: tuple(each) for name, each in acls.items()}))


def _take(into: list[Statement], line: str) -> None:
    """A verb begins a statement, on the same line or alone; what follows belongs to it."""
    rest = line
    if found := _VERB.fullmatch(line):
        into.append(Statement(found[1]))
        rest = found[2]
    condition = _CONDITION.match(rest)
    if condition and into:
        name = f"{'!' if condition[1] else ''}{condition[2]}"
        into[-1] = Statement(into[-1].verb, (*into[-1].parts, (name, (condition[3] or "").strip())))
