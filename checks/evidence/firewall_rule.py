"""A firewall's rules after reading, whichever tool wrote them: what each asks of a packet, and what it does."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from checks.evidence.firewall import Address, Host, Network, Packet, Rewrite, RuleRef, State

# Sent without connection tracking, whatever the rules say: multicast listener and neighbour discovery
# (Linux, nf_conntrack_icmpv6).
UNTRACKED_ICMPV6 = frozenset({130, 131, 132, 133, 134, 135, 136, 143})
# Linux, include/uapi/linux/netfilter_ipv4.h: connection tracking sits at this priority.
CONNTRACK_PRIORITY = -200
BROADCAST = ipaddress.IPv4Address("255.255.255.255")
# A host of which neither addresses nor routes are known.
UNKNOWN_HOST = Host()
LOOPBACK: dict[str, Address] = {
    "ipv4": ipaddress.IPv4Address("127.0.0.1"),
    "ipv6": ipaddress.IPv6Address("::1"),
}


@dataclass(frozen=True)
class Flow:
    """A packet under way: what the hooks passed so far have made of it.

    packet: as rewritten so far. origin: as it came. hook: where it is. tracked: connection tracking has seen it.
    touched: changes of sets on the way: (set, key, whether it is now in; None: unknown which key).
    """

    packet: Packet
    # The same for all ways of one decision: hashing them each time took a tenth of all judging.
    origin: Packet = field(hash=False)
    host: Host = field(default=UNKNOWN_HOST, hash=False)
    hook: str = ""
    tracked: bool = False
    notrack: bool = False
    connection_mark: int | None = 0
    natted_at: str = ""
    rewritten: tuple[Rewrite, ...] = ()
    touched: tuple[tuple[object, object, bool], ...] = ()

    def state(self) -> State:
        """What a rule at this hook is told of the connection."""
        packet = self.packet
        if self.notrack:
            return "untracked"
        if not self.tracked and packet.interface_in != "lo":
            return "invalid"
        if packet.protocol == "icmpv6" and packet.icmp_type in UNTRACKED_ICMPV6:
            return "untracked"
        return packet.state

    def interface_in(self) -> str | None:
        """Its name; empty where this hook has none; None where it is not known."""
        local = self.packet.direction == "out"
        return "" if local or self.hook in ("output", "egress") else self.packet.interface_in

    def interface_out(self) -> str | None:
        """Its name; empty where this hook has none; None where it is not known."""
        return "" if self.hook in ("ingress", "prerouting", "input") else self.packet.interface_out

    def came_by(self, name: str) -> bool | None:
        """Whether it arrived on this interface; from another host it never arrives on ``lo``."""
        packet, actual = self.packet, self.interface_in()
        if actual is None and name == "lo" and packet.source is not None:
            return None if packet.source == packet.destination or packet.source.is_loopback else False
        return None if actual is None else actual == name

    def dnatted(self) -> bool | None:
        """Whether this connection's destination was rewritten; None where its first packet decided."""
        if any(rewrite.kind in ("dnat", "redirect") for rewrite in self.rewritten):
            return True
        return False if self.packet.state == "new" else None

    def address_type(self, end: Literal["saddr", "daddr"]) -> str | None:
        """``local``, ``unicast``, ``multicast`` or ``broadcast``, as the routing table would say."""
        packet = self.packet
        address = packet.source if end == "saddr" else packet.destination
        if address is not None:
            if address.is_multicast:
                return "multicast"
            if address == BROADCAST:
                return "broadcast"
            if address.is_loopback or address in self.host.addresses:
                return "local"
        moved = packet.destination != self.origin.destination or bool(self.natted_at)
        if end == "daddr" and self.hook == "prerouting" and moved:
            return None
        here = "in" if end == "daddr" else "out"
        both = address is not None and packet.source == packet.destination
        return "local" if packet.direction == here or both else "unicast"


@dataclass(frozen=True)
class Match:
    """A condition. test: None where it cannot be told. general: asks only for the family or for nothing."""

    test: Callable[[Flow], bool | None]
    general: bool = False


@dataclass(frozen=True)
class Limit:
    """A condition on the rate, the volume or the number of connections. over: holds once that is exceeded."""

    over: bool


@dataclass(frozen=True)
class Change:
    """Something done to the packet or its connection on the way; the next step follows."""

    apply: Callable[[Flow], Flow]


@dataclass(frozen=True)
class Verdict:
    """kind: accept, drop, reject, return, continue, jump, goto, or undecided (a program outside decides)."""

    kind: str
    target: str = ""


@dataclass(frozen=True)
class Choose:
    """The verdict, or several where the map's key is not known; None stands for "no verdict"."""

    choices: Callable[[Flow], tuple[Verdict | None, ...]]


Step = Match | Limit | Change | Verdict | Choose


@dataclass(frozen=True)
class Sources:
    """The addresses a rule asks for with one condition. name: of the set, empty where they stand in the rule."""

    name: str
    networks: Callable[[], tuple[Network, ...]]


@dataclass(frozen=True)
class Rule:
    """One rule: steps taken in turn until one does not hold."""

    ref: RuleRef
    steps: tuple[Step, ...]
    sources: Sources | None = None


@dataclass(frozen=True)
class Chain:
    """A chain; hook is empty unless it is a base chain. devices: of ingress and egress; None: not told."""

    ref: RuleRef
    rules: tuple[Rule, ...] = ()
    hook: str = ""
    kind: str = "filter"
    priority: int = 0
    policy: str = "accept"
    devices: tuple[str, ...] | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What no other chain has."""
        return self.ref.engine, self.ref.family, self.ref.table, self.ref.chain

    def sibling(self, name: str) -> tuple[str, str, str, str]:
        """The key of another chain of this table."""
        return (*self.key[:3], name)


@dataclass(frozen=True)
class Nat:
    """Where a rule sends a packet: its change of destination, or for snat and masquerade of source.

    kind: as in Rewrite. address, port: the new ones, None where not known; without them that part stays.
    """

    kind: str
    rule: RuleRef
    address: Callable[[Flow], Address | None] | None = None
    port: Callable[[Flow], int | None] | None = None

    def apply(self, flow: Flow) -> Flow:
        """The flow as it goes on."""
        packet = flow.packet
        address = packet.destination if self.address is None else self.address(flow)
        port = packet.destination_port if self.port is None else self.port(flow)
        if self.kind in ("dnat", "redirect"):
            to = _receiver(flow) if self.kind == "redirect" else address
            packet = replace(packet, destination=to, destination_port=port)
        # A dnat that names a port alone leaves the address, and that is known.
        same = self.address is None and self.kind != "dnat"
        told = (None if same else address, None if self.port is None else port)
        rewrite = Rewrite(self.kind, self.rule, *told)
        at = flow.natted_at if self.kind == "tproxy" else flow.hook
        return replace(flow, packet=packet, rewritten=(*flow.rewritten, rewrite), natted_at=at)


def _receiver(flow: Flow) -> Address | None:
    """The host's address that a redirected packet goes to: the first of the interface it came by, or loopback."""
    packet = flow.packet
    if packet.direction == "out":
        return LOOPBACK[packet.family]
    own = [one for one in flow.host.addresses if one.version == LOOPBACK[packet.family].version and not one.is_loopback]
    return packet.destination if packet.direction == "in" and len(own) < 2 else None
