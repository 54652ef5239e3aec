"""What iptables' match extensions ask: connection state, owner, address type, ipset and the like."""

from __future__ import annotations

from typing import Literal

from checks.evidence.firewall_rule import Flow
from checks.evidence.iptables_line import Option
from checks.evidence.iptables_option import (
    Builder,
    Context,
    Test,
    masked,
    number_and_mask,
    span,
    untold,
)
from checks.evidence.nft_header import FIELDS, read

__all__ = ["Builder", "Context", "Test", "untold"]


def connection_state(_: Context, option: Option) -> Test:
    """``--ctstate`` and ``--state``; SNAT and DNAT count as states there."""
    wanted = frozenset(option.values[0].lower().split(","))

    def test(flow: Flow) -> bool | None:
        if flow.state() in wanted:
            return True
        return flow.dnatted() if "dnat" in wanted else (None if "snat" in wanted else False)

    return test


def connection_status(_: Context, option: Option) -> Test:
    """``--ctstatus``: known of a connection's first packet only, and that it has a reply once established."""
    wanted = frozenset(option.values[0].split(","))

    def test(flow: Flow) -> bool | None:
        if flow.packet.state == "new":
            return wanted == {"NONE"}
        return True if flow.packet.state == "established" and wanted & {"SEEN_REPLY", "CONFIRMED"} else None

    return test


def connection_mark(_: Context, option: Option) -> Test:
    """``-m connmark --mark``."""
    wanted, mask = number_and_mask(option.values[0])

    def test(flow: Flow) -> bool | None:
        return None if flow.connection_mark is None else flow.connection_mark & mask == wanted

    return test


def original_end(field: Literal["source", "destination", "source_port", "destination_port"]) -> Builder:
    """``--ctorigsrc``, ``--ctorigdstport`` …: what the connection was opened with, before NAT."""

    def build(_: Context, option: Option) -> Test:
        is_port = field.endswith("port")
        wanted = span(option.values[0]) if is_port else range(0)
        base, mask = (0, 0) if is_port else masked(option.values[0])

        def test(flow: Flow) -> bool | None:
            value = getattr(flow.origin, field)
            if flow.packet.reply or value is None:
                return None
            return value in wanted if is_port else int(value) & mask == base

        return test

    return build


def address_type(end: Literal["saddr", "daddr"]) -> Builder:
    """``--src-type`` and ``--dst-type``."""

    def build(context: Context, option: Option) -> Test:
        wanted = frozenset(option.values[0].lower().split(","))

        def test(flow: Flow) -> bool | None:
            actual = flow.address_type(end)
            if actual is None:
                return None
            return actual in wanted if context.family == "ipv4" else _address_type6(actual, wanted)

        return test

    return build


def _address_type6(actual: str, wanted: frozenset[str]) -> bool:
    """For IPv6 each type named must hold, and an address of the host's own is unicast too (Linux, xt_addrtype)."""
    routed = wanted & {"local", "anycast", "unreachable"}
    if ("multicast" in wanted and actual != "multicast") or ("unicast" in wanted and actual == "multicast"):
        return False
    return "unspec" not in wanted and (not routed or actual in routed)


def owner(_: Context, option: Option) -> Test:
    """``-m owner``: forwarded packets have none, and no option, negated or not, says otherwise of them."""
    low, _dash, high = (option.values[0] if option.values else "").partition("-")
    users = range(int(low), int(high or low) + 1) if low else range(0)

    def test(flow: Flow) -> bool | None:
        packet = flow.packet
        if packet.direction != "out":
            return False
        if option.name == "--socket-exists":
            return True if packet.protocol in ("tcp", "udp") else None
        return None if option.name == "--gid-owner" or packet.uid is None else packet.uid in users

    return test


def packet_type(_: Context, option: Option) -> Test:
    """``--pkt-type unicast|broadcast|multicast``."""

    def test(flow: Flow) -> bool | None:
        actual = flow.address_type("daddr")
        kind = actual if actual in ("broadcast", "multicast") else "unicast"
        return kind == option.values[0]

    return test


def icmp_type(_: Context, option: Option) -> Test:
    """``--icmp-type 3/4``, ``--icmpv6-type 128``."""
    kind, _slash, code = option.values[0].partition("/")
    wanted, exact = (None if kind in ("any", "255") else int(kind)), int(code) if code else None

    def test(flow: Flow) -> bool | None:
        packet = flow.packet
        if wanted is None:
            return True
        if packet.icmp_type is None:
            return None
        if packet.icmp_type != wanted or exact is None:
            return packet.icmp_type == wanted
        return None if packet.icmp_code is None else packet.icmp_code == exact

    return test


def hop_limit(_: Context, option: Option) -> Test:
    """``-m hl --hl-eq``; known of neighbour discovery only."""
    place, wanted = FIELDS["ip6", "hoplimit"], int(option.values[0])

    def test(flow: Flow) -> bool | None:
        return read(flow, place.base, place.offset, place.length).within(wanted, wanted)

    return test


def segment_size(_: Context, option: Option) -> Test:
    """``-m tcpmss --mss 1:500``: of the packets that open a connection; the others tell none."""
    wanted = span(option.values[0])

    def test(flow: Flow) -> bool | None:
        return flow.packet.segment_size() in wanted

    return test


def policy(_: Context, option: Option) -> Test:
    """``-m policy --pol``: an ordinary packet is outside IPsec."""
    plain = option.values[0] == "none"
    return lambda _: plain


def reverse_path(flow: Flow) -> bool | None:
    """``-m rpfilter``: whether the route back to the source leads out where the packet came in."""
    route = flow.host.interface_to(flow.packet.source)
    return True if route is None or flow.packet.interface_in is None else route == flow.packet.interface_in


def in_set(context: Context, option: Option) -> Test:
    """``-m set --match-set name src,dst``."""
    name, sides = option.values[0], option.values[1].split(",")
    found = (context.ipsets or {}).get(name)
    if found is None:
        return untold

    def test(flow: Flow) -> bool | None:
        if any(touched[0] == name for touched in flow.touched):
            return None
        values = [_side(flow, part, side) for part, side in zip(found.parts, sides, strict=False)]
        if found.kind.startswith("list:"):
            values = [_side(flow, "ip", side) for side in sides]
        return found.holds(values, flow.packet.protocol, context.ipsets or {})

    return test


def _side(flow: Flow, part: str, side: str) -> object:
    packet, source = flow.packet, side == "src"
    if part == "port":
        return packet.source_port if source else packet.destination_port
    if part == "iface":
        return flow.interface_in() if source else flow.interface_out()
    return packet.source if source else packet.destination
