"""Reads mail domains from the hosts themselves, at the start of a run (`mailassay_domains: hosts`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.connection import Connection
from checks.domain_file import HOSTS, KEY
from checks.looking import Looked
from checks.target import Entry, Source

NOUNS = ("postfix_domains", "exim_domains", "opensmtpd_domains", "dovecot_domains", "seen_keys", "exim_keys",
         "opensmtpd_keys")  # fmt: skip
_TAKEN = NOUNS[:4]


def wanted(hosts: Iterable[Entry]) -> tuple[str, ...]:
    """The names of the hosts whose domains are to be read from themselves."""
    return tuple(host.name for host in hosts if host.mailassay.get(KEY) == HOSTS)


@dataclass(frozen=True)
class _Entry:
    """A host of an inventory, with other variables."""

    name: str
    connection: Connection | None
    mailassay: Mapping[str, object] = field(repr=False)  # a value may come from a vault


@dataclass(frozen=True)
class _Source:
    """An inventory with other hosts."""

    site: str
    source: str
    hosts: tuple[Entry, ...]
    others: tuple[Entry, ...]


def alone(inventory: Source) -> Source:
    """The inventory with just the hosts that are to tell their domains."""
    named = wanted(inventory.hosts)
    hosts = tuple(host for host in inventory.hosts if host.name in named)
    rest = tuple(host for host in inventory.hosts if host.name not in named)
    return _Source(inventory.site, inventory.source, hosts, (*inventory.others, *rest))


def filled(inventory: Source, rows: Mapping[str, Sequence[Any]]) -> Source:
    """The inventory with these domains, by host, in place of the word."""
    named = wanted(inventory.hosts)
    hosts = tuple(_with(host, rows.get(host.name, ())) if host.name in named else host for host in inventory.hosts)
    return _Source(inventory.site, inventory.source, hosts, tuple(inventory.others))


def _with(host: Entry, rows: Sequence[Any]) -> Entry:
    return _Entry(host.name, host.connection, {**host.mailassay, KEY: list(rows)})


def seen(looked: Mapping[str, Looked]) -> dict[str, tuple[str, ...]]:
    """By host that was reached, the domains that it takes mail for, and those of them that it signs mail of."""
    taken = {name: _taken(each) for name, each in looked.items() if each.reached}
    anywhere = frozenset(domain for domains in taken.values() for domain in domains)
    signed = {name: [d for d in _signed(looked[name]) if d in anywhere] for name in taken}
    return {name: tuple(dict.fromkeys((*domains, *signed[name]))) for name, domains in taken.items()}


def _taken(looked: Looked) -> tuple[str, ...]:
    found = [d for noun in _TAKEN for each in looked.values[noun] for names in each.values() for d in names]
    return tuple(dict.fromkeys(found))


def _signed(looked: Looked) -> list[str]:
    return [key.domain for noun in NOUNS[4:] for each in looked.values[noun] for key in each]


def kept(folder: Path, inventory: str) -> dict[str, tuple[Any, ...]]:
    """The domains by host that an earlier run in this folder had; none if there is no such run."""
    try:
        hosts = json.loads((folder / inventory).read_text("utf-8"))["hosts"]
        return {name: tuple(row.get(KEY) or ()) for name, row in hosts.items()}
    except (OSError, ValueError, KeyError, AttributeError):
        return {}
