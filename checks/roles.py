"""The closed table of roles: what each asks of a host (roles.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.evidence import own_table

# The IANA service name of each mail port (RFC 6335 registry); what a bare number in mailassay_ports means.
SERVICES = {25: "smtp", 465: "submissions", 587: "submission", 143: "imap", 993: "imaps",
            110: "pop3", 995: "pop3s", 4190: "sieve", 443: "https"}  # fmt: skip
IMPLICIT_TLS = frozenset({"submissions", "imaps", "pop3s", "https"})


@dataclass(frozen=True)
class Port:
    """A public port a role asks for. instead: the port that may serve in its place, or None."""

    number: int
    service: str
    instead: int | None = None


@dataclass(frozen=True)
class Role:
    """One row of roles.yml. inside: ports that the site's own networks reach, and no stranger needs."""

    name: str
    title: str
    ports: tuple[Port, ...] = ()
    inside: tuple[Port, ...] = ()
    mta: bool = False
    store: bool = False
    sends: bool = False


@cache
def roles() -> Mapping[str, Role]:
    """All roles, by name."""
    table = own_table.read(Path(__file__).with_name("roles.yml"))
    return MappingProxyType({name: _role(name, row) for name, row in table.items()})


def _role(name: str, row: dict[str, Any]) -> Role:
    return Role(name, row["title"], _ports(row["ports"]), _ports(row.get("inside", {})),
                row["mta"], row.get("store", False), row["sends"])  # fmt: skip


def _ports(rows: Mapping[int, dict[str, Any]]) -> tuple[Port, ...]:
    return tuple(Port(number, **row) for number, row in rows.items())


def role(name: str, where: str) -> Role:
    """The role of this name. Raises ValueError naming the nearest."""
    if name in roles():
        return roles()[name]
    close = get_close_matches(name, roles(), n=1, cutoff=0.4)
    known = f"did you mean {close[0]}?" if close else f"the roles are {', '.join(roles())}"
    raise ValueError(f"{where}: mailassay_roles: there is no role {name!r}; {known}")
