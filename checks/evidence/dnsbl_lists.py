"""The block lists of dnsbl.yml: which there are, what each answers, and which are dead."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from checks.evidence import own_table
from checks.evidence.lookup import canonical, is_under

# RFC 5782 §5: entries that each list has, and each has not.
_TESTS = {
    "ip4": ("127.0.0.2", "127.0.0.1"),
    "ip6": ("::ffff:7f00:2", "::ffff:7f00:1"),
    "domain": ("test", "invalid"),
}


@dataclass(frozen=True)
class Code:
    """An answer and its meaning. ranges: lowest and highest value of each octet. effect: as of a list."""

    text: str
    ranges: tuple[tuple[int, int], ...]
    meaning: str
    effect: str

    def matches(self, address: ipaddress.IPv4Address) -> bool:
        return all(low <= octet <= high for octet, (low, high) in zip(address.packed, self.ranges, strict=True))


# How Spamhaus, and others after it, answer those who may not ask, whomever they ask about; it is nobody's listing.
_NOT_YOU = ((127, 127), (255, 255), (255, 255), (250, 255))
_UNWELCOME = Code("127.255.255.250-255", _NOT_YOU, "it refuses this resolver", "")


@dataclass(frozen=True)
class Bit:
    """A summand of the last octet and its meaning."""

    value: int
    meaning: str
    effect: str


@dataclass(frozen=True)
class BlockList:
    """A list. kinds: ip4, ip6, domain. effect: blocking, informational or positive. terms: who may ask."""

    zone: str
    title: str
    kinds: tuple[str, ...]
    effect: str
    codes: tuple[Code, ...]
    bits: tuple[Bit, ...]
    refused: tuple[Code, ...]
    keyed: bool
    terms: str
    test_listed: str
    test_unlisted: str

    def refusal(self, address: ipaddress.IPv4Address) -> str:
        """What this answer means, where it means "you may not ask"; empty otherwise."""
        return next((code.meaning for code in (*self.refused, _UNWELCOME) if code.matches(address)), "")


@dataclass(frozen=True)
class DeadList:
    """A list that has ended, and all zones below it. since: a date, a month, a year, or empty."""

    zone: str
    since: str
    why: str


@dataclass(frozen=True)
class BlockLists:
    """dnsbl.yml. checked: when it was last gone through."""

    checked: date
    lists: tuple[BlockList, ...]
    dead: tuple[DeadList, ...]

    def of(self, zone: str) -> BlockList | None:
        """The list with this zone; a keyed one may have its key before it."""
        return next((b for b in self.lists if b.zone == canonical(zone) or (b.keyed and is_under(zone, b.zone))), None)

    def death_of(self, zone: str) -> DeadList | None:
        """The dead list that this zone is, or lies below."""
        return next((dead for dead in self.dead if is_under(zone, dead.zone)), None)


@cache
def block_lists() -> BlockLists:
    """The lists of dnsbl.yml."""
    table: dict[str, Any] = own_table.read(Path(__file__).with_name("dnsbl.yml"))
    dead = tuple(DeadList(one["zone"], one["since"], one["why"]) for one in table["dead"])
    return BlockLists(table["checked"], tuple(_block_list(one) for one in table["lists"]), dead)


def _block_list(one: dict[str, Any]) -> BlockList:
    listed, unlisted = _TESTS[one["kinds"][0]]
    test = one.get("test", {})
    return BlockList(
        one["zone"],
        one["title"],
        tuple(one["kinds"]),
        one["effect"],
        _codes(one, "codes", one["effect"]) + _codes(one, "vouches", "positive"),
        _bits(one),
        _codes(one, "refused", ""),
        one.get("key", False),
        one.get("terms", ""),
        test.get("listed", listed),
        test.get("unlisted", unlisted),
    )


def _codes(one: dict[str, Any], name: str, effect: str) -> tuple[Code, ...]:
    milder = one.get("milder", [])
    return tuple(
        Code(text, _ranges(text), meaning, "informational" if text in milder else effect)
        for text, meaning in one.get(name, {}).items()
    )


def _bits(one: dict[str, Any]) -> tuple[Bit, ...]:
    milder = one.get("milder", [])
    return tuple(
        Bit(value, meaning, "informational" if f"127.0.0.{value}" in milder else one["effect"])
        for value, meaning in one.get("bits", {}).items()
    )


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    bounds = (octet.partition("-") for octet in text.split("."))
    return tuple((int(low), int(high or low)) for low, _, high in bounds)
