"""A fault (tests/faults/<name>.yml) or a harmless oddity (tests/harmless/<name>.yml) as it is written down."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["faults", "harmless"]

STEPS = (
    "connectivity", "ports", "authentication", "dns", "firewall", "logs", "queue", "tls", "dialogue", "reputation",
    "resources", "practice",
)  # fmt: skip
# The namespace between the lab's networks; a fault may be put there as on any host.
ROUTER = "router"

_BOTH = frozenset({"step", "where", "inject", "until", "allow", "inventory"})
_KEYS: Mapping[Kind, frozenset[str]] = {"faults": _BOTH | {"expect", "also", "lacks", "quick"}, "harmless": _BOTH}
_NEEDED: Mapping[Kind, frozenset[str]] = {
    "faults": frozenset({"step", "inject", "expect"}),
    "harmless": frozenset(),
}


class BadFault(ValueError):
    """A file of the bench cannot be used; the message says which, and why."""


@dataclass(frozen=True)
class Action:
    """What is done on one host (or the router), as root, by ``sh -e``."""

    where: str
    do: str


@dataclass(frozen=True)
class Fault:
    """One way to break (or only vary) the lab.

    title: the comment it begins with. until: must succeed before the audit. expect: references (globs) of the root
    causes that must be named; also: those that may be named besides. lacks: ids of checks that it expects and nobody
    has written yet. inventory: variables by host that the site would set. A harmless oddity expects nothing.
    """

    name: str
    title: str
    step: str = ""
    inject: tuple[Action, ...] = ()
    until: tuple[Action, ...] = ()
    expect: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    quick: bool = False
    inventory: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def touches(self) -> frozenset[str]:
        """Hosts (and perhaps the router) that must be put back afterwards."""
        return frozenset(action.where for action in (*self.inject, *self.until))


@dataclass(frozen=True)
class Words:
    """What a file may name: hosts of the lab, ids of checks, consents, and targets of an audit of the lab."""

    hosts: Collection[str]
    checks: Collection[str]
    consents: Collection[str]
    targets: Collection[str]


def faults(folder: Path, words: Words, only: str = "*") -> list[Fault]:
    """The files of a folder (``faults`` or ``harmless``) that match one of some globs ("a*,b*"). Raises BadFault."""
    kind: Kind = "harmless" if folder.name == "harmless" else "faults"
    paths = [path for path in sorted(folder.glob("*.yml")) if any(fnmatchcase(path.stem, g) for g in only.split(","))]
    found = [read(path, kind, words) for path in paths]
    if not found:
        raise BadFault(f"{folder}: no file matches {only!r}")
    return found


def read(path: Path, kind: Kind, words: Words) -> Fault:
    """One file. Raises BadFault with the file's name and what is wrong in it."""
    text = path.read_text("utf-8")
    try:
        content: Any = yaml.safe_load(text)
        if not isinstance(content, dict):
            raise BadFault("holds no mapping")
        _check_keys(content, kind)
        fault = _fault(path.stem, _title(text), content)
        _check_words(fault, words)
    except yaml.YAMLError as error:
        hint = "\n(references hold brackets: write `expect:` as a list with one `- ` line each)"
        raise BadFault(f"{path}: {error}{hint}") from error
    except (BadFault, TypeError, ValueError) as error:
        raise BadFault(f"{path}: {error}") from error
    return fault


def _title(text: str) -> str:
    """The comment at the top, as one line: what is broken, in an administrator's words."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").strip())
    if not any(lines):
        raise BadFault("begins with no comment that says what is broken")
    return " ".join(lines).strip()


def _check_keys(content: Mapping[str, Any], kind: Kind) -> None:
    for key in content:
        if key not in _KEYS[kind]:
            raise BadFault(f"unknown key {key!r}{_nearest(str(key), _KEYS[kind])}")
    if lacking := _NEEDED[kind] - set(content):
        raise BadFault(f"lacks {', '.join(sorted(lacking))}")


def _fault(name: str, title: str, content: Mapping[str, Any]) -> Fault:
    where = content.get("where")
    quick = content.get("quick", False)
    if not isinstance(quick, bool):
        raise BadFault("quick is true or false")
    return Fault(
        name=name,
        title=title,
        step=_step(content.get("step")),
        inject=_actions("inject", content.get("inject"), where),
        until=_actions("until", content.get("until"), where),
        expect=_texts("expect", content),
        also=_texts("also", content),
        lacks=_texts("lacks", content),
        allow=_texts("allow", content),
        quick=quick,
        inventory=_variables(content.get("inventory", {})),
    )


def _step(step: object) -> str:
    if step is not None and step not in STEPS:
        raise BadFault(f"unknown step {step!r}{_nearest(str(step), STEPS)}")
    return str(step or "")


def _actions(key: str, value: object, where: object) -> tuple[Action, ...]:
    """``inject: text`` with ``where``, or a list of {where, do}."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = [{"where": where, "do": value}]
    if not isinstance(value, list) or not value:
        raise BadFault(f"{key} is a text, or a list of {{where, do}}")
    for row in value:
        if not isinstance(row, dict) or set(row) - {"where"} != {"do"} or not isinstance(row["do"], str):
            raise BadFault(f"{key}: each entry has do (a text) and perhaps where, not {row!r}")
        if row.get("where", where) is None:
            raise BadFault(f"{key} needs where")
    return tuple(Action(str(row.get("where", where)), row["do"]) for row in value)


def _texts(key: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    value = content.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise BadFault(f"{key} is a list of texts")
    return tuple(value)


def _variables(value: object) -> Mapping[str, Mapping[str, object]]:
    if not isinstance(value, dict) or not all(isinstance(row, dict) for row in value.values()):
        raise BadFault("inventory holds variables by host")
    return {str(host): dict(row) for host, row in value.items()}


def _check_words(fault: Fault, words: Words) -> None:
    _all_known("host", (*fault.touches, *fault.inventory), {*words.hosts, ROUTER})
    _all_known("consent", fault.allow, words.consents)
    references = (*fault.expect, *fault.also)
    for reference in references:
        _check_reference(reference, fault.lacks, words)
    for check in fault.lacks:
        if not any(reference.partition("@")[0] == check for reference in references):
            raise BadFault(f"lacks {check!r}, which it does not expect")


def _check_reference(reference: str, lacks: Collection[str], words: Words) -> None:
    """``check@target[instance]``, or a glob that ends in ``*`` and so covers any target."""
    check, at, rest = reference.partition("@")
    target = rest.partition("[")[0]
    if not at and not check.endswith("*"):
        raise BadFault(f"{reference}: write check@target (any target: {reference}@*)")
    if at and not any(fnmatchcase(known, target) for known in words.targets):
        raise BadFault(f"{reference}: the lab has no such target{_nearest(target, words.targets)}")
    if check not in lacks and not any(fnmatchcase(known, check) for known in words.checks):
        raise BadFault(f"unknown check {check!r}{_nearest(check, words.checks)} (or put it under lacks)")


def _all_known(what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise BadFault(f"unknown {what} {name!r}{_nearest(name, known)}")


def _nearest(word: str, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(words), 1)
    return f"; did you mean {close[0]!r}?" if close else ""
