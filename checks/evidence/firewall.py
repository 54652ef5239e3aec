"""What a firewall is asked and what it answers: the packet, the decision, and the rule that decided."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Family = Literal["ipv4", "ipv6"]
Direction = Literal["in", "out", "forward"]
Protocol = Literal["tcp", "udp", "icmp", "icmpv6"]
State = Literal["new", "established", "related", "invalid", "untracked"]
Outcome = Literal["accept", "drop", "reject", "undecided"]

PROTOCOL_NUMBERS: dict[str, int] = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


@dataclass(frozen=True)
class Packet:
    """A packet as it reaches the host (in), leaves it (out) or crosses it (forward).

    None means "not known": a rule that asks for it cannot be decided. What no caller need say is taken as on an
    ordinary packet: unfragmented, without IP options or extension headers, outside IPsec and bridges, arriving
    on the interface that the route to its source points at.

    interface_in, interface_out: names such as ``eth0``. state: what connection tracking says of it.
    reply: it travels against the direction in which its connection was opened.
    uid: of the local process that sends it. mark: as set by the sender; 0 is none.
    tcp_flags: names from ``fin syn rst psh ack urg ecn cwr``; when None, ``syn`` opens a connection and ``ack``
    goes on with it.
    """

    family: Family
    direction: Direction
    protocol: Protocol
    destination_port: int | None = None
    source_port: int | None = None
    source: Address | None = None
    destination: Address | None = None
    interface_in: str | None = None
    interface_out: str | None = None
    state: State = "new"
    reply: bool = False
    uid: int | None = None
    mark: int | None = 0
    icmp_type: int | None = None
    icmp_code: int | None = None
    tcp_flags: frozenset[str] | None = None

    def flags(self) -> frozenset[str] | None:
        """The TCP flags, or None where they cannot be known."""
        if self.tcp_flags is not None or self.protocol != "tcp":
            return self.tcp_flags
        opening = {"new": "syn", "related": "syn", "established": "ack"}.get(self.state)
        return None if opening is None else frozenset({opening})

    def segment_size(self) -> int | None:
        """The segment size that a SYN of a host on Ethernet tells (RFC 9293 §3.7.1); None if the packet tells none."""
        if "syn" not in (self.flags() or ()):
            return None
        return 1460 if self.family == "ipv4" else 1440


@dataclass(frozen=True)
class Route:
    """One line of ``ip route``: a network and the interface that leads there."""

    network: Network
    interface: str


@dataclass(frozen=True)
class Host:
    """What the host's addresses and routes say; needed only where NAT sends a packet elsewhere."""

    addresses: frozenset[Address] = frozenset()
    routes: tuple[Route, ...] = ()

    def interface_to(self, destination: Address | None) -> str | None:
        """The interface of the longest matching route, or None where no route is known."""
        found: Route | None = None
        for route in self.routes if destination is not None else ():
            if destination in route.network and (found is None or route.network.prefixlen > found.network.prefixlen):
                found = route
        return None if found is None else found.interface


@dataclass(frozen=True)
class RuleRef:
    """A rule, or a chain's policy, named as an administrator finds it again.

    engine: ``nft``, ``iptables`` or ``iptables-legacy``. family: ``ip``, ``ip6``, ``inet`` or ``netdev``.
    handle: as ``nft -a list ruleset`` shows it. position: counted from 1, as ``iptables -L --line-numbers``
    counts; 0 for a policy. text: in the notation of the tool.
    """

    engine: str
    family: str
    table: str
    chain: str
    text: str
    handle: int | None = None
    position: int = 0

    @property
    def is_policy(self) -> bool:
        return self.position == 0

    @property
    def place(self) -> str:
        """Where it stands: ``inet filter input`` or ``ip6tables filter INPUT``."""
        if self.engine == "nft":
            return f"{self.family} {self.table} {self.chain}"
        tool = "ip6tables" if self.family == "ip6" else "iptables"
        return f"{tool}{self.engine.removeprefix('iptables')} {self.table} {self.chain}"

    def __str__(self) -> str:
        if self.is_policy:
            return f"{self.text} of {self.place}"
        number = f"handle {self.handle}" if self.handle is not None else f"rule {self.position}"
        return f"`{self.text}` in {self.place} ({number})"


@dataclass(frozen=True)
class Rewrite:
    """A rule that gives the packet (or the connection) another address, port or receiver.

    kind: ``dnat``, ``redirect``, ``snat``, ``masquerade``, ``tproxy`` or ``mangle`` (stateless). port, address:
    the new ones, None where not known or unchanged; but a dnat to another port alone has the address that it leaves.
    certain: False if a rule before it could not be decided.
    """

    kind: str
    rule: RuleRef
    address: Address | None = None
    port: int | None = None
    certain: bool = True


@dataclass(frozen=True)
class Decision:
    """What becomes of a packet.

    outcome: ``undecided`` only where the rules that cannot be judged matter; ``rule`` is then the first of these.
    rule: the one that decided; None where nothing is hooked into the packet's way.
    rate_limited_by: the rule whose limit, once exceeded, changes or may change an ``accept``.
    possible: every outcome that is left; one, unless undecided or where a packet is either dropped or rejected.
    """

    outcome: Outcome
    rule: RuleRef | None
    why: str
    rate_limited_by: RuleRef | None = None
    rewritten: tuple[Rewrite, ...] = ()
    possible: frozenset[str] = frozenset()

    @property
    def admits(self) -> bool | None:
        """True: let through. False: dropped or rejected, whichever. None: cannot be told."""
        if self.possible == {"accept"}:
            return True
        return False if self.possible and self.possible <= {"drop", "reject"} else None


@dataclass(frozen=True)
class Blocklist:
    """The sources that one set, or one chain of single bans, drops or rejects (fail2ban, CrowdSec, ufw deny).

    name: of the set, or of the chain. rule: one that blocks them.
    """

    name: str
    rule: RuleRef
    networks: tuple[Network, ...]

    def holds(self, address: Address) -> bool:
        """Whether this address is blocked."""
        return any(address.version == network.version and address in network for network in self.networks)
