"""What a check says of itself: read from its marker and docstring, the one home of every text a user sees."""

from __future__ import annotations

import dis
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

SEVERITIES = {
    "critical": "mail is lost, stolen or sent by strangers now",
    "high": "mail stops, or is refused by large receivers, now or within days",
    "medium": "a best practice whose absence hurts mail sooner or later",
    "low": "worth knowing; hurts nobody by itself",
}
CONSENTS = {
    "intrusive": "does more than look: bad logins, protocol abuse, bursts, cipher enumeration",
    "sends_mail": "sends a message to the mailbox that the inventory names for it",
}
_POLICY = re.compile(r"^Policy ([a-z0-9_]+):", re.MULTILINE)


class BadCheck(ValueError):
    """A check function that is not written as DESIGN asks; the message says what it lacks."""


@dataclass(frozen=True)
class Check:
    """One check of the catalogue. parameters: the fixtures it names; policies: the keys that switch it off."""

    id: str
    function: Callable[..., None]
    severity: str
    title: str
    authority: str
    why: str
    fix: str
    parameters: tuple[str, ...]
    policies: tuple[str, ...]
    consents: frozenset[str]

    @property
    def topic(self) -> str:
        return self.id.partition(".")[0]


@cache
def check(function: Callable[..., None], module: str) -> Check:
    """The check that a function ``check_x`` of ``check_<module>.py`` is. Raises BadCheck."""
    name = f"{module.removeprefix('check_')}.{function.__name__.removeprefix('check_')}"
    marks = [mark.name for mark in getattr(function, "pytestmark", ())]
    severities = [mark for mark in marks if mark in SEVERITIES]
    if len(severities) != 1:
        raise BadCheck(f"{name}: needs exactly one severity marker of {', '.join(SEVERITIES)}")
    if not _asserts(function):
        raise BadCheck(f"{name}: asserts nothing, so it could never fail")
    title, authority, why, fix = _docstring(name, inspect.getdoc(function) or "")
    parameters = parameter_names(function)
    consents = frozenset(marks) & frozenset(CONSENTS)
    policies = tuple(_POLICY.findall(authority))
    return Check(name, function, severities[0], title, authority, why, fix, parameters, policies, consents)


@cache
def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the parameters of a check or a fixture.

    inspect.signature knows more, of which nothing is needed here, and takes fifty times as long.
    """
    code = function.__code__
    if hasattr(function, "__wrapped__") or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return tuple(inspect.signature(function).parameters)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _asserts(function: Callable[..., None]) -> bool:
    """Read from its bytecode, with or without what pytest makes of assertions: its source takes ten times as long.

    What pytest makes of an assertion names AssertionError; to take the bytecode apart, where nothing does, takes long.
    """
    if "AssertionError" in function.__code__.co_names:
        return True
    made = dis.get_instructions(function)
    return any(each.opname == "LOAD_ASSERTION_ERROR" or each.argval == "AssertionError" for each in made)


def _docstring(name: str, text: str) -> tuple[str, str, str, str]:
    """Title, authority, why and fix of a docstring in the order that DESIGN asks for."""
    title, _, rest = text.partition("\n")
    parts = {"authority": "", "Why": "", "Fix": ""}
    for paragraph in re.split(r"\n\s*\n", rest.strip()):
        word = next((w for w in ("Why", "Fix") if paragraph.startswith(f"{w}:")), "authority")
        body = paragraph.removeprefix(f"{word}:").strip()
        parts[word] = f"{parts[word]}\n\n{body}".strip()
    lacking = [word for word, body in parts.items() if not body]
    if not title or lacking:
        raise BadCheck(f"{name}: its docstring lacks {', '.join(lacking) or 'a title'}")
    return title.strip(), parts["authority"], _joined(parts["Why"]), parts["Fix"]


def _joined(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def checks_of(module: object) -> Iterable[tuple[str, Callable[..., None]]]:
    """The check functions of a module, in the order in which they stand."""
    name = getattr(module, "__name__", "").rpartition(".")[2]
    for attribute, value in vars(module).items():
        if attribute.startswith("check_") and inspect.isfunction(value) and value.__module__.endswith(name):
            yield name, value
