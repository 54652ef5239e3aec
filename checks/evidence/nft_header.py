"""A packet's headers as bits, each known or not: what a payload expression of nftables reads."""

from __future__ import annotations

from dataclasses import dataclass

from checks.evidence.firewall import PROTOCOL_NUMBERS
from checks.evidence.firewall_rule import Flow
from checks.evidence.nft_names import TCP_FLAGS

# RFC 4861 §7.1: neighbour discovery with any other hop limit is discarded unread.
NEIGHBOUR_DISCOVERY = frozenset(range(133, 138))


@dataclass(frozen=True)
class Bits:
    """A number of which some bits may be unknown. known: a mask; -1 is all of them."""

    value: int
    known: int = -1

    def __and__(self, mask: int) -> Bits:
        return Bits(self.value & mask, self.known | ~mask)

    def __or__(self, mask: int) -> Bits:
        return Bits(self.value | mask, self.known | mask)

    def __xor__(self, mask: int) -> Bits:
        return Bits((self.value ^ mask) & self.known, self.known)

    def __lshift__(self, count: int) -> Bits:
        return Bits(self.value << count, ~(~self.known << count))

    def __rshift__(self, count: int) -> Bits:
        return Bits(self.value >> count, self.known >> count)

    @property
    def highest(self) -> int | None:
        """The greatest number this may be; None where there is no limit."""
        return None if self.known >= 0 else self.value | ~self.known

    def within(self, low: int, high: int) -> bool | None:
        """Whether it lies between two numbers, both included."""
        if self.known == -1:
            return low <= self.value <= high
        if low == high and (self.value ^ low) & self.known:
            return False
        if self.value > high or (self.highest is not None and self.highest < low):
            return False
        sure = self.value >= low and self.highest is not None and self.highest <= high
        return True if sure else None


UNKNOWN = Bits(0, 0)


@dataclass(frozen=True)
class Field:
    """Where a header field stands. base: nh or th; offset and length in bits. kind: how its values are written."""

    base: str
    offset: int
    length: int
    kind: str = "number"


# RFC 791 §3.1, RFC 8200 §3, RFC 9293 §3.1, RFC 768, RFC 792, RFC 4443 §2.1.
FIELDS: dict[tuple[str, str], Field] = {
    ("ip", "version"): Field("nh", 0, 4),
    ("ip", "hdrlength"): Field("nh", 4, 4),
    ("ip", "dscp"): Field("nh", 8, 6, "dscp"),
    ("ip", "ecn"): Field("nh", 14, 2, "ecn"),
    ("ip", "length"): Field("nh", 16, 16),
    ("ip", "id"): Field("nh", 32, 16),
    ("ip", "frag-off"): Field("nh", 48, 16),
    ("ip", "ttl"): Field("nh", 64, 8),
    ("ip", "protocol"): Field("nh", 72, 8, "proto"),
    ("ip", "checksum"): Field("nh", 80, 16),
    ("ip", "saddr"): Field("nh", 96, 32, "ipv4"),
    ("ip", "daddr"): Field("nh", 128, 32, "ipv4"),
    ("ip6", "version"): Field("nh", 0, 4),
    ("ip6", "dscp"): Field("nh", 4, 6, "dscp"),
    ("ip6", "ecn"): Field("nh", 10, 2, "ecn"),
    ("ip6", "flowlabel"): Field("nh", 12, 20),
    ("ip6", "length"): Field("nh", 32, 16),
    ("ip6", "nexthdr"): Field("nh", 48, 8, "proto"),
    ("ip6", "hoplimit"): Field("nh", 56, 8),
    ("ip6", "saddr"): Field("nh", 64, 128, "ipv6"),
    ("ip6", "daddr"): Field("nh", 192, 128, "ipv6"),
    ("th", "sport"): Field("th", 0, 16),
    ("th", "dport"): Field("th", 16, 16),
    ("tcp", "sport"): Field("th", 0, 16),
    ("tcp", "dport"): Field("th", 16, 16),
    ("tcp", "sequence"): Field("th", 32, 32),
    ("tcp", "ackseq"): Field("th", 64, 32),
    ("tcp", "doff"): Field("th", 96, 4),
    ("tcp", "flags"): Field("th", 104, 8, "tcpflags"),
    ("tcp", "window"): Field("th", 112, 16),
    ("tcp", "checksum"): Field("th", 128, 16),
    ("udp", "sport"): Field("th", 0, 16),
    ("udp", "dport"): Field("th", 16, 16),
    ("udp", "length"): Field("th", 32, 16),
    ("udp", "checksum"): Field("th", 48, 16),
    ("icmp", "type"): Field("th", 0, 8, "icmp-type"),
    ("icmp", "code"): Field("th", 8, 8, "icmp-code"),
    ("icmp", "checksum"): Field("th", 16, 16),
    ("icmp", "id"): Field("th", 32, 16),
    ("icmp", "sequence"): Field("th", 48, 16),
    ("icmp", "mtu"): Field("th", 48, 16),
    ("icmp", "gateway"): Field("th", 32, 32),
    ("icmpv6", "type"): Field("th", 0, 8, "icmpv6-type"),
    ("icmpv6", "code"): Field("th", 8, 8, "icmpv6-code"),
    ("icmpv6", "checksum"): Field("th", 16, 16),
    ("icmpv6", "id"): Field("th", 32, 16),
    ("icmpv6", "sequence"): Field("th", 48, 16),
    ("icmpv6", "max-delay"): Field("th", 32, 16),
}
WIDTHS = {"nh": 320, "th": 160}


def read(flow: Flow, base: str, offset: int, length: int) -> Bits:
    """The bits at this place of the network (nh) or transport (th) header."""
    width = WIDTHS[base]
    if offset + length > width:
        return UNKNOWN
    value = known = 0
    for field, bits in _network(flow) if base == "nh" else _transport(flow):
        shift = width - field.offset - field.length
        mask = (1 << field.length) - 1
        value |= (bits.value & bits.known & mask) << shift
        known |= (bits.known & mask) << shift
    shift, mask = width - offset - length, (1 << length) - 1
    return Bits(value >> shift & mask, (known >> shift & mask) | ~mask)


def _network(flow: Flow) -> list[tuple[Field, Bits]]:
    """What is known of the network header: an ordinary packet has no IP options and is no fragment."""
    packet = flow.packet
    version = "ip" if packet.family == "ipv4" else "ip6"
    known = {
        "saddr": UNKNOWN if packet.source is None else Bits(int(packet.source)),
        "daddr": UNKNOWN if packet.destination is None else Bits(int(packet.destination)),
        "protocol" if version == "ip" else "nexthdr": Bits(PROTOCOL_NUMBERS[packet.protocol]),
        "version": Bits(4 if version == "ip" else 6),
    }
    if version == "ip":
        known |= {"hdrlength": Bits(5), "frag-off": Bits(0, ~0x4000)}
    elif packet.icmp_type in NEIGHBOUR_DISCOVERY:
        known["hoplimit"] = Bits(255)
    return [(FIELDS[version, name], bits) for name, bits in known.items()]


def _transport(flow: Flow) -> list[tuple[Field, Bits]]:
    packet, known = flow.packet, {}
    if packet.protocol in ("tcp", "udp"):
        known = {"sport": packet.source_port, "dport": packet.destination_port}
    else:
        known = {"type": packet.icmp_type, "code": packet.icmp_code}
    flags = packet.flags()
    if flags is not None:
        known["flags"] = sum(TCP_FLAGS[name] for name in flags)
    return [(FIELDS[packet.protocol, name], Bits(value)) for name, value in known.items() if value is not None]
