"""mailassay_domains: what an inventory says of each mail domain, and the closed table of their kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.evidence import own_table

OURS, CUSTOMER = "ours", "customer"
_KEYS = ("name", "kind", "selectors", "dns", "customer")


class BadDomain(ValueError):
    """An entry of mailassay_domains that cannot be used; the message says why."""


@dataclass(frozen=True)
class Kind:
    """One row of domain_kinds.yml. mx: the states its MX set may be in."""

    name: str
    title: str
    mx: tuple[str, ...]
    ours: bool = False
    sends: bool = False
    sts: bool = False
    silent: bool = False


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds, by name."""
    table = own_table.read(Path(__file__).with_name("domain_kinds.yml"))
    return MappingProxyType({name: Kind(name, **{**row, "mx": tuple(row["mx"])}) for name, row in table.items()})


@dataclass(frozen=True)
class Row:
    """What an entry says. dns: whose zone it is; customer: in whose report its findings stand."""

    name: str
    kind: Kind
    selectors: tuple[str, ...] = ()
    dns: str = OURS
    customer: str = ""


def read_row(entry: Any) -> Row:
    """A name, or a mapping with name, kind, selectors, dns and customer. Raises BadDomain."""
    row = dict(entry) if isinstance(entry, Mapping) else {"name": entry}
    for key in row:
        if key not in _KEYS:
            raise BadDomain(f"{entry!r}: there is no {key!r}{_nearest(str(key), _KEYS)}")
    name = str(row.get("name") or "").strip().rstrip(".").lower()
    if not name or any(c.isspace() for c in name):
        raise BadDomain(f"{entry!r}: needs a name")
    selectors, dns = row.get("selectors") or (), str(row.get("dns", OURS))
    if isinstance(selectors, str) or not isinstance(selectors, list | tuple):
        raise BadDomain(f"{entry!r}: selectors is a list of names")
    if dns not in (OURS, CUSTOMER):
        raise BadDomain(f"{entry!r}: dns is {OURS} or {CUSTOMER}")
    customer = " ".join(str(row.get("customer") or "").split())
    if customer and dns == OURS and "dns" in row:
        raise BadDomain(f"{entry!r}: a customer, whose zone is ours; leave one of the two out")
    dns = CUSTOMER if customer else dns
    return Row(name, _kind(str(row.get("kind", "hosted")), entry), tuple(map(str, selectors)), dns, customer)


def received_here(entries: Iterable[Any]) -> list[str]:
    """The names of those among these entries whose mail is received here."""
    return [row.name for row in map(read_row, entries) if row.kind.ours]


def _kind(word: str, entry: object) -> Kind:
    if word not in kinds():
        hint = _nearest(word, kinds()) or f"; the kinds are {', '.join(kinds())}"
        raise BadDomain(f"{entry!r}: there is no kind {word!r}{hint}")
    return kinds()[word]


def _nearest(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), n=1, cutoff=0.4)
    return f"; did you mean {close[0]}?" if close else ""
