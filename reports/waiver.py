"""waivers.yml beside the inventory: failures that a site accepts, each with a reason, an approver and a last day.

- check: tls.versions_modern       # id of a check, or a glob: tls.*
  scope: mx1                       # host, group, endpoint (name:port) or domain, or a glob; several: [mx1, mx2]
  instance: "587"                  # optional: only this port, address, selector …
  reason: the fax gateway speaks TLS 1.0 only
  approver: J. Doe
  expires: 2026-12-31              # ISO date, UTC, the day included

A group or host covers its host checks and the endpoints that stand for nothing else; a domain must be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from checks.verdict import Verdict

FILE = "waivers.yml"
_NEEDED = ("check", "scope", "reason", "approver", "expires")
_KEYS = (*_NEEDED, "instance")


class BadWaiver(ValueError):
    """A file of waivers or of debt cannot be used; the message says which entry and why."""


@dataclass(frozen=True)
class Waiver:
    """One entry. number: its place in the file, from 1."""

    number: int
    check: str
    scope: tuple[str, ...]
    reason: str
    approver: str
    expires: date
    instance: str | None = None

    def __str__(self) -> str:
        where = f"{self.check}@{','.join(self.scope)}" + (f"[{self.instance}]" if self.instance else "")
        return f"waiver {self.number} ({where})"

    def expired(self, today: date) -> bool:
        return today > self.expires

    def covers(self, verdict: Verdict, groups: Mapping[str, frozenset[str]]) -> bool:
        """Whether it speaks of this verdict. groups: of each host, the host's own name and ``all`` among them."""
        if self.instance is not None and self.instance != verdict.instance:
            return False
        return matches(self.check, verdict.check) and self.reaches(verdict.kind, verdict.target, verdict.hosts, groups)

    def reaches(self, kind: str, target: str, hosts: Iterable[str], groups: Mapping[str, frozenset[str]]) -> bool:
        """Whether its scope holds this target, by its own name or by all the hosts that it stands for."""
        for scope in self.scope:
            if scope == "all" or matches(scope, target):
                return True
            behind = tuple(hosts) if kind in ("host", "endpoint") else ()
            if behind and all(any(matches(scope, name) for name in groups.get(host, (host,))) for host in behind):
                return True
        return False


def matches(glob: str, name: str) -> bool:
    """A glob in which [ ] are themselves, since addresses hold them."""
    return glob == name or fnmatchcase(name, glob.replace("[", "[[]"))


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The entries of a file of waivers; none if there is no file. Raises BadWaiver."""
    return tuple(_waiver(number, row, path) for number, row in enumerate(rows(path), start=1))


def rows(path: Path) -> list[Mapping[str, Any]]:
    """The entries of a YAML list of mappings; none if there is no file. Raises BadWaiver."""
    try:
        # Every scalar stays the text that was written: YAML's own reading of dates has errors that name no entry.
        content = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes no objects
    except FileNotFoundError:
        return []
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise BadWaiver(f"{path}: {' '.join(str(error).split())}") from error
    found = [] if content is None else content
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise BadWaiver(f"{path}: must be a list of mappings (- check: …)")
    return found


def _waiver(number: int, row: Mapping[str, Any], path: Path) -> Waiver:
    where = f"{path}: waiver {number}"
    known_keys(row, _KEYS, _NEEDED, where)
    scope = row["scope"] if isinstance(row["scope"], list) else [row["scope"]]
    if not scope:
        raise BadWaiver(f"{where}: scope is empty")
    instance = None if row.get("instance") is None else str(row["instance"])
    return Waiver(
        number=number,
        check=str(row["check"]),
        scope=tuple(map(str, scope)),
        reason=line(row["reason"]),
        approver=line(row["approver"]),
        expires=day(row["expires"], f"{where}: expires"),
        instance=instance,
    )


def known_keys(row: Mapping[str, Any], keys: Iterable[str], needed: Iterable[str], where: str) -> None:
    """Stop at a key that does not exist, naming the nearest, and at one that is lacking or empty."""
    for key in row:
        if key not in keys:
            close = get_close_matches(str(key), keys, n=1)
            raise BadWaiver(f"{where}: there is no {key!r}{f'; did you mean {close[0]}?' if close else ''}")
    for key in needed:
        if row.get(key) in (None, "", []):
            raise BadWaiver(f"{where}: {key} is lacking")


def day(value: Any, where: str) -> date:
    """An ISO date. Raises BadWaiver."""
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadWaiver(f"{where}: {str(value)!r} is no date; write it as 2026-12-31") from error


def line(value: Any) -> str:
    """A text of the file as one line."""
    return " ".join(str(value).split())
