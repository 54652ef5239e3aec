"""A host's policy: the defaults of policy.yml, under profiles, under the inventory's mailassay_* variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.connection import Secret
from checks.evidence import own_table, tls_profile

PREFIX = "mailassay_"
_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "flag": (bool,),
    "text": (str,),
    "flag or text": (bool, str),
    "words": (list, tuple),
    "list": (list, tuple),
    "secret": (str,),
    "list or text": (list, tuple, str),
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
    table = own_table.read(Path(__file__).with_name("policy.yml"))
    return MappingProxyType({name: Key(name, **entry) for name, entry in table.items()})


@dataclass(frozen=True)
class Profile:
    """A named set of requirements of profiles.yml."""

    name: str
    title: str
    authority: str
    keys: Mapping[str, Any]


@cache
def profiles() -> Mapping[str, Profile]:
    """All profiles, by name. Raises PolicyProblem for a key or a value that cannot be."""
    table = own_table.read(Path(__file__).with_name("profiles.yml"))
    return MappingProxyType({name: _profile(name, **row) for name, row in table.items()})


def _profile(name: str, title: str, authority: str, keys: Mapping[str, Any]) -> Profile:
    return Profile(name, title, authority, MappingProxyType(dict(_chosen(keys, f"profile {name}"))))


class Policy:
    """What one host is held to. ``policy.connect_timeout`` reads a key; an unknown one is an AttributeError."""

    def __init__(self, chosen: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_chosen", MappingProxyType(dict(chosen)))

    def __getattr__(self, name: str) -> Any:
        chosen: Mapping[str, Any] = object.__getattribute__(self, "_chosen")
        if name in chosen:
            return chosen[name]
        profile = self._profiled(name)
        if profile is not None:
            return profile.keys[name]
        try:
            return keys()[name].default
        except KeyError:
            raise AttributeError(f"policy.yml has no key {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a policy is frozen")

    def _profiled(self, name: str) -> Profile | None:
        """The profile that says what this key is; of several the last."""
        chosen: Mapping[str, Any] = object.__getattribute__(self, "_chosen")
        named = (profiles()[word] for word in reversed(chosen.get("profile") or ()))
        return next((profile for profile in named if name in profile.keys), None)

    def by(self, name: str) -> str:
        """Who requires what this key says: the site, a profile, or whom policy.yml names."""
        if name in self.chosen():
            return "this site"
        profile = self._profiled(name)
        return f"profile {profile.name} ({profile.authority})" if profile else keys()[name].authority

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
    chosen = dict(_chosen(variables, where))
    for key in ("tls_profile", "tls_profile_mx"):
        _check_word(where, key, chosen.get(key), tls_profile.profiles())
    for word in chosen.get("profile") or ():
        _check_word(where, "profile", word, profiles())
    return Policy(chosen)


def _check_word(where: str, key: str, word: object, known: Mapping[str, object]) -> None:
    """Stop where a key names a profile that does not exist, and say which is nearest."""
    if word and word not in known:
        close = get_close_matches(str(word), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise PolicyProblem(f"{where}: {PREFIX}{key}: there is no profile {word!r}; {hint}")


def _chosen(variables: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    for variable, value in variables.items():
        name = variable.removeprefix(PREFIX)
        if name not in keys():
            raise PolicyProblem(f"{where}: there is no variable {variable}{_nearest(name)}")
        yield name, _typed(keys()[name], value, where)


def _nearest(name: str) -> str:
    close = get_close_matches(name, keys(), n=1, cutoff=0.5)
    return f"; did you mean {PREFIX}{close[0]}?" if close else "; see checks/policy.yml for those that exist"


def _typed(key: Key, value: Any, where: str) -> Any:
    if value is False:
        return value
    wrong = not isinstance(value, _KINDS[key.type]) or (isinstance(value, bool) and "flag" not in key.type)
    if wrong:
        shown = type(value).__name__  # never the value, which may be a secret
        raise PolicyProblem(f"{where}: {PREFIX}{key.name} must be of type {key.type}, not {shown} ({key.comment})")
    if key.type == "secret":
        return Secret(value)
    return tuple(value) if isinstance(value, list | tuple) else value
