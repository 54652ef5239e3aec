"""What iptables options ask of addresses, ports, interfaces, marks and TCP flags."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from checks.evidence.firewall import PROTOCOL_NUMBERS, Family, Packet
from checks.evidence.firewall_rule import Flow
from checks.evidence.ipset import Ipset
from checks.evidence.iptables_line import Option
from checks.evidence.nft_names import PROTOCOLS, TCP_FLAGS

Test = Callable[[Flow], bool | None]
End = Literal["source", "destination"]


@dataclass(frozen=True)
class Context:
    """What a line is read with. ipsets: None where ``ipset save`` was not given."""

    family: Family
    ipsets: Mapping[str, Ipset] | None


# Makes an option's condition; ValueError, KeyError and IndexError say that the option is not understood.
Builder = Callable[[Context, Option], Test]


def untold(_: Flow) -> bool | None:
    """A condition that nothing known of the packet decides."""
    return None


def masked(text: str) -> tuple[int, int]:
    """An address and its mask as numbers; the mask may be a length or, with gaps even, an address."""
    base, _, mask = text.partition("/")
    start = ipaddress.ip_address(base)
    if not mask:
        return int(start), (1 << start.max_prefixlen) - 1
    if not mask.isdecimal():
        return int(start) & int(ipaddress.ip_address(mask)), int(ipaddress.ip_address(mask))
    length = int(mask[:4])
    if length > start.max_prefixlen:
        raise ValueError(text)
    bits = (1 << start.max_prefixlen) - (1 << (start.max_prefixlen - length))
    return int(start) & bits, bits


def end_of(packet: Packet, end: End) -> int | None:
    """The source or destination address as a number."""
    address = packet.source if end == "source" else packet.destination
    return None if address is None else int(address)


def port_of(packet: Packet, end: End) -> int | None:
    """The source or destination port."""
    return packet.source_port if end == "source" else packet.destination_port


def address(end: End) -> Builder:
    """``-s`` and ``-d``."""

    def build(_: Context, option: Option) -> Test:
        base, mask = masked(option.values[0])

        def test(flow: Flow) -> bool | None:
            number = end_of(flow.packet, end)
            return (None if mask else True) if number is None else number & mask == base

        return test

    return build


def address_range(end: End) -> Builder:
    """``--src-range`` and ``--dst-range`` of iprange."""

    def build(_: Context, option: Option) -> Test:
        first, _dash, last = option.values[0].partition("-")
        low, high = int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last or first))

        def test(flow: Flow) -> bool | None:
            number = end_of(flow.packet, end)
            return None if number is None else low <= number <= high

        return test

    return build


def span(text: str) -> range:
    """``25`` or ``1024:65535``."""
    low, colon, high = text.partition(":")
    return range(int(low or 0), int((high or 65535) if colon else low) + 1)


def port(end: End) -> Builder:
    """``--sport`` and ``--dport``."""

    def build(_: Context, option: Option) -> Test:
        wanted = span(option.values[0])

        def test(flow: Flow) -> bool | None:
            number = port_of(flow.packet, end)
            return (None if len(wanted) < 65536 else True) if number is None else number in wanted

        return test

    return build


def ports(end: Literal["source", "destination", "either"]) -> Builder:
    """``--sports``, ``--dports`` and ``--ports`` of multiport."""
    ends: tuple[End, ...] = ("source", "destination") if end == "either" else (end,)

    def build(_: Context, option: Option) -> Test:
        wanted = [span(text) for text in option.values[0].split(",")]

        def test(flow: Flow) -> bool | None:
            numbers = [port_of(flow.packet, one) for one in ends]
            if any(number in one for number in numbers for one in wanted):
                return True
            return None if None in numbers else False

        return test

    return build


def protocol(_context: Context, option: Option) -> Test:
    """``-p``, by name or number."""
    name = option.values[0].lower()
    wanted = int(name) if name.isdecimal() else PROTOCOLS.get(name, -1)
    return lambda flow: name == "all" or PROTOCOL_NUMBERS[flow.packet.protocol] == wanted


def interface(side: Literal["in", "out"]) -> Builder:
    """``-i`` and ``-o``; a final ``+`` stands for whatever follows."""

    def build(_: Context, option: Option) -> Test:
        name = option.values[0]
        start, wildcard = name.removesuffix("+"), name.endswith("+")

        def test(flow: Flow) -> bool | None:
            if side == "in" and not wildcard:
                return flow.came_by(name)
            actual = flow.interface_in() if side == "in" else flow.interface_out()
            if actual is None:
                return None if start else True
            return actual.startswith(start) if wildcard else actual == name

        return test

    return build


def tcp_flags(_: Context, option: Option) -> Test:
    """``--tcp-flags mask set``, and ``--syn``."""
    mask, wanted = ("SYN,RST,ACK,FIN", "SYN") if option.name == "--syn" else option.values
    asked, present = _flags(mask), _flags(wanted)

    def test(flow: Flow) -> bool | None:
        flags = flow.packet.flags()
        return None if flags is None else flags & asked == present

    return test


def _flags(text: str) -> frozenset[str]:
    if text == "NONE":
        return frozenset()
    flags = frozenset(TCP_FLAGS) - {"ecn", "cwr"} if text == "ALL" else frozenset(text.lower().split(","))
    if flags - TCP_FLAGS.keys():
        raise ValueError(text)
    return flags


def number_and_mask(text: str) -> tuple[int, int]:
    """``0x1/0xff``; without a mask all of it counts."""
    number, slash, mask = text[:40].partition("/")
    return int(number, 0), int(mask, 0) if slash else 0xFFFFFFFF


def mark(_: Context, option: Option) -> Test:
    """``-m mark --mark``."""
    wanted, mask = number_and_mask(option.values[0])

    def test(flow: Flow) -> bool | None:
        return None if flow.packet.mark is None else flow.packet.mark & mask == wanted

    return test
