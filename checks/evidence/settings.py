"""Settings that hurt mail at some values (settings.yml), whatever else is right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from checks.evidence import own_table
from checks.evidence.dovecot_quota import octets

_NUMBER = re.compile(r"(\d{1,12}) ?(s|secs?|m|mins?|h|hours?|d|days?|w|weeks?)?")
_OCTETS = re.compile(r"\d{1,9} ?[kKMG]i?B?")  # an m is minutes
_TIMES = re.compile(r"(?:\d{1,6}[smhdw]){2,5}")  # as Exim prints them: 1m30s
_RANGE = re.compile(r"(\d{1,6})\s+(\d{1,6})")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True)
class Row:
    """One row of the table. zero_is_fine: 0 means that there is no limit."""

    harm: str
    least: float = 0
    most: float = float("inf")
    never: re.Pattern[str] | None = None
    zero_is_fine: bool = False

    def hurts(self, value: str) -> bool:
        """Whether this value does the harm. One that is not set, or is made of others, does none."""
        if not value or "$" in value:
            return False
        if self.never is not None:
            return self.never.search(value) is not None
        number = _number(value)
        if number is None or (number == 0 and self.zero_is_fine):
            return False
        return not self.least <= number <= self.most


def rows(program: str) -> Mapping[str, Row]:
    """The rows of a program, by setting."""
    return _table()[program]


@cache
def _table() -> dict[str, Mapping[str, Row]]:
    table = own_table.read(Path(__file__).with_name("settings.yml"))
    return {
        program: MappingProxyType({name: _row(**entry) for name, entry in entries.items()})
        for program, entries in table.items()
    }


def _row(
    harm: str, least: float = 0, most: float = float("inf"), never: str | None = None, zero: str | None = None
) -> Row:
    return Row(harm, least, most, re.compile(never) if never else None, zero == "fine")


def _number(value: str) -> float | None:
    """A number, or a time in seconds, or octets (256M), or the width of a range; None for anything else."""
    if span := _RANGE.fullmatch(value.strip()):
        return int(span[2]) - int(span[1])
    if _TIMES.fullmatch(value.strip()):
        return sum(int(count) * _SECONDS[unit] for count, unit in re.findall(r"(\d+)([smhdw])", value))
    if _OCTETS.fullmatch(value.strip()):
        return octets(value, "b")
    found = _NUMBER.fullmatch(value.strip())
    return int(found[1]) * _SECONDS[(found[2] or "s")[0]] if found else None


def harmful(program: str, values: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Of settings of a program and their values, those that do harm: ``name = value: the harm``."""
    known = rows(program)
    found = (f"{name} = {value}: {known[name].harm}" for name, value in values if known[name].hurts(value))
    return tuple(dict.fromkeys(found))
