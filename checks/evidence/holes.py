"""Which known holes a package has: holes.yml, and the version that is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from checks.evidence import own_table
from checks.evidence.debian_version import DebianVersion
from checks.evidence.os_release import OsRelease

TAKEOVER, ABUSE = "takeover", "abuse"


@dataclass(frozen=True)
class Package:
    """An installed package. source: its source package; name: what administrators call the program."""

    package: str
    source: str
    name: str
    version: str


@dataclass(frozen=True)
class Hole:
    """One hole; the fields are those of holes.yml. mended: the first mended package by distribution and release.

    branches: the authors' first mended releases of older branches.
    """

    id: str
    source: str
    rank: str
    what: str
    since: str = ""
    until: str = ""
    names: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    mended: Mapping[tuple[str, str], str | None] = field(default_factory=dict, compare=False)

    def open(
        self, installed: str, release: OsRelease, changelog: str | None = None, waiting: str | None = None
    ) -> bool | None:
        """Whether the installed version has the hole; None if its changelog would have to tell, and is not there.

        waiting: holes that updates mend which are not installed. Where the distribution tells of these (the RHEL
        family), a changelog's silence proves nothing: it need not name what a newer version brought along.
        """
        version = DebianVersion(installed)
        key = (release.id, release.version.partition(".")[0] if release.id == "debian" else release.version)
        if key in self.mended:
            first = self.mended[key]
            return first is not None and version < DebianVersion(first)
        if self.until and version.released >= DebianVersion(self.until):
            return False
        if self.since and version.released < DebianVersion(self.since):
            return False
        if any(self._mended_branch(version.released, DebianVersion(first)) for first in self.branches):
            return False
        if changelog is None:
            return None
        if any(name.lower() in changelog.lower() for name in self.names):
            return False
        return True if waiting is None or self.id.lower() in waiting.lower() else None

    @staticmethod
    def _mended_branch(version: DebianVersion, first: DebianVersion) -> bool:
        """Whether it is of the same branch (3.5) as a release that mends it there, and not older than that."""
        branch = str(first).rpartition(".")[0] + "."
        return str(version).startswith(branch) and version >= first


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = own_table.read(Path(__file__).with_name("holes.yml"))
    return table


def checked() -> date:
    """The day on which the table was compared with its sources."""
    day: date = _table()["checked"]
    return day


def packages(by: str = "package") -> dict[str, tuple[str, str]]:
    """Source package and name of the program, by the binary package that tells the version. by: "package", or "rpm"."""
    rows = _table()["packages"].items()
    return {row.get(by, row["package"]): (source, row["name"]) for source, row in rows}


@cache
def holes(source: str) -> tuple[Hole, ...]:
    """The holes that are known of the programs of one source package."""
    return tuple(_hole(row) for row in _table()["holes"] if row["source"] == source)


def _hole(row: Mapping[str, Any]) -> Hole:
    mended = {(by, release): first for by in ("debian", "ubuntu") for release, first in row.get(by, {}).items()}
    names = (row["id"], *row.get("also", ()))
    since, until = str(row.get("since", "")), str(row.get("until", ""))
    branches = tuple(map(str, row.get("branches", ())))
    return Hole(row["id"], row["source"], row["rank"], row["what"], since, until, names, branches, mended)


def installed(listing: str, by: str = "package") -> tuple[Package, ...]:
    """The packages that `dpkg-query` (or `rpm`) lists, one a line: package, version and status, separated by tabs.

    A package that is removed but for its settings is not installed.
    """
    found = {}
    for line in listing.splitlines():
        package, version, status = (*line.split("\t"), "", "")[:3]
        known = packages(by).get(package)
        if known and version and status[1:2] not in ("n", "c", ""):
            found[package] = Package(package, *known, version)
    return tuple(found.values())
