"""The table of services a mail host may run (services.yml), and what one of them is doing on a host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path
from types import MappingProxyType

from checks.evidence import own_table
from checks.evidence.systemd import Unit


@dataclass(frozen=True)
class Row:
    """One row of services.yml."""

    name: str
    part: str
    units: tuple[str, ...]
    boot: str = ""
    process: tuple[str, ...] = ()


@cache
def rows() -> Mapping[str, Row]:
    """All rows, by name."""
    table = own_table.read(Path(__file__).with_name("services.yml"))
    return MappingProxyType({name: _row(name, **entry) for name, entry in table.items()})


def _row(name: str, part: str, units: list[str], boot: str = "", process: tuple[str, ...] = ()) -> Row:
    return Row(name, part, tuple(units), boot, tuple(process))


def of_part(*parts: str) -> tuple[str, ...]:
    """The names of the services that do one of these parts."""
    return tuple(row.name for row in rows().values() if row.part in parts)


@dataclass(frozen=True)
class Service:
    """A service as a host has it. units: those of its row that are installed."""

    row: Row
    units: tuple[Unit, ...]

    @property
    def works(self) -> bool:
        wrappers_only = all(unit.type == "oneshot" for unit in self.units)
        return any(unit.works or (wrappers_only and unit.active == "active") for unit in self.units)

    @property
    def at_boot(self) -> bool:
        """What does the work now may be started then; a mask that lasts till the next boot is gone by then."""
        if any(unit.works and unit.file_state == "masked" for unit in self.units):
            return False
        deciding = [unit for unit in self.units if unit.name == self.row.boot] or self.units
        return any(unit.at_boot for unit in deciding)

    @property
    def enabled(self) -> bool:
        """Somebody wants it at boot, and no condition keeps it from starting."""
        wanted = [unit for unit in self.units if unit.file_state.startswith("enabled")]
        return bool(wanted) and not all(unit.unmet for unit in wanted)

    @property
    def unit(self) -> Unit:
        """The unit to speak of: the one that works, else one that is enabled, else the first."""
        order = sorted(self.units, key=lambda u: (not u.works, not u.file_state.startswith("enabled")))
        return order[0]


@cache
def _pattern(*globs: str) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)))


def service(name: str, units: Iterable[Unit]) -> Service | None:
    """The service of this name, if one of its units is installed."""
    row = rows()[name]
    known = [unit for unit in units if _pattern(*row.units).match(unit.name) and unit.installed]
    found = [unit for pattern in row.units for unit in known if _pattern(pattern).match(unit.name)]
    return Service(row, tuple(found)) if found else None
