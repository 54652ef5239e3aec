"""The values an nftables rule compares with: addresses, prefixes, ranges, names and flags."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import Enum
from typing import Final

from checks.evidence.nft_header import Bits
from checks.evidence.nft_names import SYMBOLS


class Undecidable(Exception):
    """An expression whose value no packet description tells, or that is not known here."""


def only(statement: object) -> tuple[str, object]:
    """The one name of an object in nft's JSON and what it holds; no name where it is no object."""
    if isinstance(statement, dict):
        for name, body in statement.items():
            return str(name), body
    return "", None


class Special(Enum):
    """What stands where a packet has no ordinary value.

    ABSENT: it has no such field, so the rule does not match, whatever it compares with. SOME_INTERFACE: one whose
    name is not known, but not ``lo``.
    """

    ABSENT = "absent"
    SOME_INTERFACE = "some interface"


ABSENT: Final = Special.ABSENT
SOME_INTERFACE: Final = Special.SOME_INTERFACE
Value = Bits | str | Special


@dataclass(frozen=True)
class Span:
    """All numbers from low to high, both included; an address or a port is a number too."""

    low: int
    high: int


@dataclass(frozen=True)
class Name:
    """An interface; wildcard: every interface whose name begins so."""

    text: str
    wildcard: bool = False


Pattern = Span | Name


def hits(pattern: Pattern, value: Value) -> bool | None:
    """Whether the value is one that the pattern means; None where that cannot be told."""
    if isinstance(pattern, Span):
        return value.within(pattern.low, pattern.high) if isinstance(value, Bits) else False
    if isinstance(value, str):
        return value.startswith(pattern.text) if pattern.wildcard else value == pattern.text
    if value is SOME_INTERFACE:
        return pattern.wildcard if pattern.text == "" else (None if pattern.text != "lo" else False)
    return None if isinstance(value, Bits) else False


def pattern(kind: str, operand: object) -> Pattern:
    """What an operand in nft's JSON means. Raises Undecidable."""
    if kind == "interface":
        return _interface(operand)
    match operand:
        case {"prefix": {"addr": str(address), "len": int(length)}}:
            low, width = address_number(address)
            if not 0 <= length <= width:
                raise Undecidable("prefix length")
            host = (1 << (width - length)) - 1
            return Span(low & ~host, low | host)
        case {"range": [low, high]}:
            return Span(number(kind, low), number(kind, high))
    value = number(kind, operand)
    return Span(value, value)


def _interface(operand: object) -> Name:
    match operand:
        case bool():  # fib … exists, fib … missing
            return Name("", wildcard=operand)
        case str() if operand.endswith("\\*"):
            return Name(operand[:-2] + "*")
        case str() if operand.endswith("*"):
            return Name(operand[:-1], wildcard=True)
        case str():
            return Name(operand)
        case int():  # the index of an interface that is gone: no packet comes by it
            return Name(f"#{operand}")
    raise Undecidable("interface")


def number(kind: str, operand: object) -> int:
    """One value as a number. Raises Undecidable."""
    match operand:
        case int():
            return int(operand)
        case list() if operand:
            return _union(kind, operand)
        case {"|": list(flags)} if flags:
            return _union(kind, flags)
        case str() if kind in ("ipv4", "ipv6", "address"):
            return address_number(operand)[0]
        case str() if operand in SYMBOLS.get(kind, {}):
            return SYMBOLS[kind][operand]
        case str() if kind == "proto" and not operand[:1].isdecimal():
            return -1  # some other protocol than those a packet here can be of
        case str():
            return _plain(operand)
    raise Undecidable("operand")


def _union(kind: str, flags: list[object]) -> int:
    union = 0
    for flag in flags:
        if isinstance(flag, list | dict):
            raise Undecidable("nested flags")
        union |= number(kind, flag)
    return union


def _plain(text: str) -> int:
    try:
        value = int(text[:40], 0)
    except ValueError as error:
        if "." in text or ":" in text:  # a mask of an address that is not read as one
            return address_number(text)[0]
        raise Undecidable(text[:40]) from error
    return value


def address_number(text: str) -> tuple[int, int]:
    """An address as a number, and how many bits it has. Raises Undecidable."""
    family, width = (socket.AF_INET6, 128) if ":" in text else (socket.AF_INET, 32)
    try:
        return int.from_bytes(socket.inet_pton(family, text)), width
    except (OSError, ValueError) as error:  # ValueError: a NUL in it
        raise Undecidable(text[:40]) from error
