"""The packets of a mail conversation: those that open it and those that keep it going, in either direction."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.evidence.firewall import Address, Decision, Family, Packet, Protocol
from checks.evidence.firewall_ruleset import Ruleset, decide
from checks.evidence.interfaces import Held, Interfaces

# Any port that a client may have chosen (RFC 6335 §6).
_CLIENT_PORT = 50505
# ICMP that must arrive: "fragmentation needed" (RFC 1191 §4); "packet too big" (RFC 4890 §4.3.1) and neighbour
# discovery (RFC 4890 §4.4.1).
_TOO_BIG = {"ipv4": (3, 4), "ipv6": (2, 0)}
_NEIGHBOURS = {"neighbour solicitation": 135, "neighbour advertisement": 136}


@dataclass(frozen=True)
class Step:
    """One packet of a conversation. name: what it is, in words; decision: what the rules make of it."""

    name: str
    decision: Decision

    def __str__(self) -> str:
        return f"{self.name}: {self.decision.why}"


@dataclass(frozen=True)
class Firewall:
    """Every ruleset in effect on a host, with the addresses and routes that its packets take."""

    rulesets: tuple[Ruleset, ...]
    interfaces: Interfaces

    def decide(self, packet: Packet) -> Decision:
        """What becomes of this packet here."""
        return decide(self.rulesets, packet, self.interfaces.host)

    def from_stranger(
        self, stranger: Address, protocol: Protocol, port: int, whom: str = "a stranger"
    ) -> tuple[Step, ...]:
        """A conversation that a stranger opens with a port of this host; nothing without an address of that family."""
        arriving = self._arriving(stranger, protocol)
        if arriving is None:
            return ()
        opening = replace(arriving, destination_port=port, source_port=_CLIENT_PORT)
        leaving = self._leaving(stranger, protocol)
        answer = replace(leaving, source_port=port, destination_port=_CLIENT_PORT, state="established", reply=True)
        return (
            Step(f"a connection from {whom}", self.decide(opening)),
            Step("the host's answer", self.decide(answer)),
            Step("what follows in an established connection", self.decide(replace(opening, state="established"))),
        )

    def opening(
        self, stranger: Address, protocol: Protocol, port: int, source_port: int = _CLIENT_PORT
    ) -> Decision | None:
        """The first packet alone, from a port that the stranger chose; None without an address of that family."""
        arriving = self._arriving(stranger, protocol)
        if arriving is None:
            return None
        return self.decide(replace(arriving, destination_port=port, source_port=source_port))

    def to_stranger(self, stranger: Address, protocol: Protocol, port: int, uid: int | None) -> tuple[Step, ...]:
        """A conversation that this host opens with a port of a stranger; nothing without an address of that family."""
        if self._arriving(stranger, protocol) is None:
            return ()
        leaving = replace(self._leaving(stranger, protocol), destination_port=port, source_port=_CLIENT_PORT, uid=uid)
        return (
            Step("a connection of this host", self.decide(leaving)),
            Step("what follows in it", self.decide(replace(leaving, state="established"))),
        )

    def answers_of(self, stranger: Address, protocol: Protocol, port: int) -> tuple[Step, ...]:
        """What comes back from a port of a stranger that this host spoke to."""
        arriving = self._arriving(stranger, protocol)
        if arriving is None:
            return ()
        back = replace(arriving, source_port=port, destination_port=_CLIENT_PORT, state="established", reply=True)
        return (Step(f"an answer from {protocol} port {port}", self.decide(back)),)

    def packet_too_big(self, stranger: Address) -> tuple[Step, ...]:
        """The message without which large packets are lost (path MTU discovery)."""
        arriving = self._arriving(stranger, "icmp" if stranger.version == 4 else "icmpv6")
        if arriving is None:
            return ()
        kind, code = _TOO_BIG[arriving.family]
        message = replace(arriving, icmp_type=kind, icmp_code=code, state="related")
        return (Step("packet too big", self.decide(message)),)

    def neighbour_discovery(self, stranger: Address) -> tuple[Step, ...]:
        """The messages from its own link without which an IPv6 host is found by nobody; none over IPv4."""
        arriving = self._arriving(stranger, "icmpv6")
        if arriving is None or stranger.version == 4:
            return ()
        near = replace(arriving, source=ipaddress.ip_address("fe80::1"), icmp_code=0, state="untracked")
        return tuple(Step(n, self.decide(replace(near, icmp_type=kind))) for n, kind in _NEIGHBOURS.items())

    def _arriving(self, stranger: Address, protocol: Protocol) -> Packet | None:
        family = _family(stranger)
        held = self.interfaces.public(family)
        if held is None:
            return None
        interface = self.interfaces.host.interface_to(stranger) or held.interface
        return Packet(family, "in", protocol, source=stranger, destination=held.address, interface_in=interface)

    def _leaving(self, stranger: Address, protocol: Protocol) -> Packet:
        family = _family(stranger)
        held: Held | None = self.interfaces.public(family)
        interface = self.interfaces.host.interface_to(stranger) or (held.interface if held else None)
        return Packet(
            family, "out", protocol, source=held.address if held else None, destination=stranger,
            interface_out=interface,
        )  # fmt: skip


def _family(address: Address) -> Family:
    return "ipv4" if address.version == 4 else "ipv6"


def stopped(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The packets that are dropped or rejected."""
    return tuple(step for step in steps if step.decision.admits is False)


def undecided(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The packets whose fate the rules alone do not tell."""
    return tuple(step for step in steps if step.decision.admits is None)
