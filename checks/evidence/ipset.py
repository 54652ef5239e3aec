"""The sets of addresses that iptables rules refer to, as `ipset save` prints them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from checks.evidence.firewall import Address, Network

KNOWN_PARTS = {"ip", "net", "port", "iface"}


class IpsetError(ValueError):
    """A line that ``ipset save`` does not write; says which."""


@dataclass(frozen=True)
class Ports:
    """A port or range of one protocol; protocol is empty in a ``bitmap:port``."""

    protocol: str
    numbers: range


Part = Network | Ports | str


@dataclass(frozen=True)
class Entry:
    """One element: a network, ports or interface for each part of its set's kind. nomatch: an exception."""

    parts: tuple[Part, ...]
    nomatch: bool = False


@dataclass(frozen=True)
class Ipset:
    """A set. kind: such as ``hash:ip,port``. members: of a ``list:set``. readable: False if not all was understood."""

    name: str
    kind: str
    entries: tuple[Entry, ...] = ()
    members: tuple[str, ...] = ()
    readable: bool = True

    @property
    def parts(self) -> tuple[str, ...]:
        """What an element is made of: ``("ip", "port")``."""
        return tuple(self.kind.partition(":")[2].split(","))

    @cached_property
    def _prefixes(self) -> list[tuple[int, int, dict[int, bool]]]:
        """For a set of addresses alone: per version and prefix length, longest first, the networks there."""
        found: dict[tuple[int, int], dict[int, bool]] = {}
        for entry in self.entries:
            network = entry.parts[0]
            if not isinstance(network, str | Ports):
                key = (network.version, network.prefixlen)
                found.setdefault(key, {})[int(network.network_address)] = entry.nomatch
        return [(*key, found[key]) for key in sorted(found, reverse=True)]

    def holds(self, values: Sequence[object], protocol: str, sets: Mapping[str, Ipset]) -> bool | None:
        """Whether an element fits these values, one for each part; None where that cannot be told."""
        if not self.readable:
            return None
        if self.kind.startswith("list:"):
            hits = [sets[name].holds(values, protocol, {}) if name in sets else None for name in self.members]
            return True if True in hits else (None if None in hits else False)
        if len(values) != len(self.parts):
            return None
        if len(self.parts) == 1 and isinstance(values[0], Address):
            return self._address(values[0])
        hits = [_fits(entry, values, protocol) for entry in self.entries if not entry.nomatch]
        excepted = any(_fits(entry, values, protocol) is not False for entry in self.entries if entry.nomatch)
        if True in hits:
            return None if excepted else True
        return None if None in hits else False

    def _address(self, address: Address) -> bool:
        """The longest prefix decides, be it an element or an exception."""
        for version, length, networks in self._prefixes:
            number = int(address) >> (address.max_prefixlen - length) << (address.max_prefixlen - length)
            if version == address.version and number in networks:
                return not networks[number]
        return False


def _fits(entry: Entry, values: Sequence[object], protocol: str) -> bool | None:
    hits = [_fit(part, value, protocol) for part, value in zip(entry.parts, values, strict=True)]
    return False if False in hits else (None if None in hits else True)


def _fit(part: Part, value: object, protocol: str) -> bool | None:
    if isinstance(part, Ports) and part.protocol not in ("", protocol):
        return False
    if value is None:
        return None
    if isinstance(part, Ports):
        return value in part.numbers
    if isinstance(part, str):
        return value == part
    return isinstance(value, Address) and value.version == part.version and value in part


@dataclass
class _Growing:
    kind: str
    readable: bool
    entries: list[Entry] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


def parse_ipset(text: str) -> dict[str, Ipset]:
    """The sets by name, from ``ipset save``. Raises IpsetError."""
    growing: dict[str, _Growing] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in ("create", "add") or len(words) < 3:
            raise IpsetError(f"line {number}: {line[:80]!r} is no create or add")
        if words[0] == "create":
            # A netmask makes every element mean more than it says.
            growing[words[1]] = _Growing(words[2], not {"netmask", "bitmask"} & set(words))
        elif words[1] not in growing:
            raise IpsetError(f"line {number}: adds to {words[1][:40]!r}, which was not created")
        else:
            _add(growing[words[1]], words[2], "nomatch" in words[3:])
    return {
        name: Ipset(name, one.kind, tuple(one.entries), tuple(one.members), one.readable)
        for name, one in growing.items()
    }


def _add(grown: _Growing, element: str, nomatch: bool) -> None:
    kind, _, rest = grown.kind.partition(":")
    parts, words = rest.split(","), element.split(",")
    if kind == "list":
        grown.members.append(element)
        return
    try:
        if len(words) != len(parts):
            raise ValueError(element)
        read = tuple(_part(part, word) for part, word in zip(parts, words, strict=True))
        grown.entries.append(Entry(read, nomatch))
    except ValueError:
        grown.readable = False


def _part(part: str, word: str) -> Part:
    if part not in KNOWN_PARTS:
        raise ValueError(part)
    if part == "iface":
        return word
    if part != "port":
        return ipaddress.ip_network(word, strict=False)
    protocol, _, numbers = word.rpartition(":")
    low, _, high = numbers.partition("-")
    return Ports(protocol, range(int(low[:6]), int((high or low)[:6]) + 1))
