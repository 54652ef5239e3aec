"""A host's policy: the defaults of policy.yml under the inventory's mailassay_* variables, typed and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

PREFIX = "mailassay_"
_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "flag": (bool,),
    "text": (str,),
    "flag or text": (bool, str),
    "words": (list, tuple),
    "list": (list, tuple),
}


class PolicyProblem(ValueError):
    """A mailassay_* variable that does not exist or has the wrong type; the message says which and where."""


@dataclass(frozen=True)
class Key:
    """One key of policy.yml."""

    name: str
    default: Any
    type: str
    comment: str
    authority: str


@cache
def keys() -> Mapping[str, Key]:
    """All keys of policy.yml, by name."""
    text = Path(__file__).with_name("policy.yml").read_text("utf-8")
    return MappingProxyType({name: Key(name, **entry) for name, entry in yaml.safe_load(text).items()})


class Policy:
    """What one host is held to. ``policy.connect_timeout`` reads a key; an unknown one is an AttributeError."""

    def __init__(self, chosen: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_chosen", MappingProxyType(dict(chosen)))

    def __getattr__(self, name: str) -> Any:
        chosen: Mapping[str, Any] = object.__getattribute__(self, "_chosen")
        if name in chosen:
            return chosen[name]
        try:
            return keys()[name].default
        except KeyError:
            raise AttributeError(f"policy.yml has no key {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a policy is frozen")

    def asks(self, name: str) -> bool:
        """False where the site switched this key off."""
        return getattr(self, name) is not False

    def chosen(self) -> Mapping[str, Any]:
        """What the site chose itself, without the defaults."""
        chosen: Mapping[str, Any] = object.__getattribute__(self, "_chosen")
        return chosen


def policy(variables: Mapping[str, Any], where: str) -> Policy:
    """The policy from a host's mailassay_* variables (with their prefix).

    Raises PolicyProblem for a name that policy.yml does not know (naming the nearest) or a value of the wrong type.
    """
    chosen = {}
    for variable, value in variables.items():
        name = variable.removeprefix(PREFIX)
        if name not in keys():
            raise PolicyProblem(f"{where}: there is no variable {variable}{_nearest(name)}")
        chosen[name] = _typed(keys()[name], value, where)
    return Policy(chosen)


def _nearest(name: str) -> str:
    close = get_close_matches(name, keys(), n=1, cutoff=0.5)
    return f"; did you mean {PREFIX}{close[0]}?" if close else "; see checks/policy.yml for those that exist"


def _typed(key: Key, value: Any, where: str) -> Any:
    if value is False:
        return value
    wrong = not isinstance(value, _KINDS[key.type]) or (isinstance(value, bool) and "flag" not in key.type)
    if wrong:
        shown = type(value).__name__
        raise PolicyProblem(f"{where}: {PREFIX}{key.name} must be of type {key.type}, not {shown} ({key.comment})")
    return tuple(value) if key.type in ("words", "list") else value
