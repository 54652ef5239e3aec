"""Random packets for the firewall bench: what is sent, what must have been sent before, and how a rule sees it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from checks.evidence.firewall import Direction, Family, Host, Packet, Protocol, Route, State
from tests.evidence.firewall_frames import Shot, shot_of
from tests.evidence.firewall_nft_rules import PORTS, SOURCES, TARGETS
from tests.evidence.firewall_wire import CLIENT, HOST, HOST_OUT, SERVER

KNOWN_HOST = Host(
    frozenset(ipaddress.ip_address(one) for pool in (HOST, HOST_OUT) for version in (4, 6) for one in pool[version]),
    tuple(
        Route(ipaddress.ip_network(f"{pool[version][0]}/{24 if version == 4 else 64}", strict=False), link)
        for pool, link in ((CLIENT, "eth0"), (SERVER, "eth1"))
        for version in (4, 6)
    ),
)
# No two packets of a run share ports, or one would belong to the other's connection.
_NUMBERS = count(1)
KINDS: list[tuple[str, int]] = [
    ("new", 12), ("ack", 1), ("invalid", 2), ("established", 3), ("reply", 2), ("related", 1),
]  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A packet as described to the decision, what to send for it, and what to send before the rules are loaded."""

    packet: Packet
    shot: Shot
    before: tuple[Shot, ...] = ()


def trials(rng: Random, direction: Direction, amount: int) -> list[Trial]:
    """So many random packets for one ruleset."""
    names, weights = zip(*KINDS, strict=True)
    return [_trial(rng, direction, rng.choices(names, weights)[0]) for _ in range(amount)]


def again(trial: Trial) -> Trial:
    """The same packet as a connection of its own."""
    number = next(_NUMBERS)
    packet = replace(trial.packet, source_port=_source_port(number) if trial.packet.source_port else None)
    return Trial(packet, shot_of(number, trial.shot.origin, packet))


def _source_port(number: int) -> int:
    # Spread, so that rules on a range of source ports meet both sides of it.
    return 20000 + number * 7919 % 40000


def _trial(rng: Random, direction: Direction, kind: str) -> Trial:
    number = next(_NUMBERS)
    family: Family = rng.choice(["ipv4", "ipv6"])
    version = 4 if family == "ipv4" else 6
    echo: Protocol = "icmp" if version == 4 else "icmpv6"
    protocol: Protocol = rng.choice(["tcp", "tcp", "tcp", "udp", echo])
    if kind in ("ack", "invalid"):
        protocol = "tcp"
    elif kind in ("established", "reply"):
        protocol = "udp"
    packet = Packet(
        family=family,
        direction=direction,
        protocol=protocol,
        destination_port=rng.choice(PORTS),
        source_port=_source_port(number),
        source=ipaddress.ip_address(rng.choice(SOURCES[direction][version])),
        destination=ipaddress.ip_address(rng.choice(TARGETS[direction][version])),
        interface_in=None if direction == "out" else "eth0",
        interface_out=None if direction == "in" else "eth1",
        uid=rng.choice([0, 1000]) if direction == "out" else None,
        mark=rng.choice([0, 0, 5]) if direction == "out" else 0,
    )
    if protocol in ("icmp", "icmpv6"):
        packet = replace(
            packet, destination_port=None, source_port=None, icmp_type=8 if version == 4 else 128, icmp_code=0
        )
    near = "h" if direction == "out" else "c"
    if kind == "related":
        return _related(packet, number, near, echo)
    packet = _with_state(rng, packet, kind)
    shot = shot_of(number, near, packet)
    return Trial(packet, shot, tuple(_before(kind, shot, direction)))


def _with_state(rng: Random, packet: Packet, kind: str) -> Packet:
    if kind == "ack":
        return replace(packet, tcp_flags=frozenset({"ack"}))
    if kind == "invalid":
        return replace(packet, state="invalid", tcp_flags=rng.choice([frozenset({"rst"}), frozenset({"syn", "ack"})]))
    state: State = "established" if kind in ("established", "reply") else "new"
    return replace(packet, state=state, reply=kind == "reply")


def _far(direction: Direction) -> str:
    return "h" if direction == "in" else "s"


def _before(kind: str, shot: Shot, direction: Direction) -> Iterator[Shot]:
    """What makes the packet's connection: numbered 0, so that nobody looks for it."""
    there = replace(shot, number=0)
    back = _back(there, direction)
    if kind == "established":
        yield from (there, back)
    elif kind == "reply":
        yield back


def _back(shot: Shot, direction: Direction) -> Shot:
    return replace(
        shot, number=0, origin=_far(direction), source=shot.destination, destination=shot.source,
        source_port=shot.destination_port, destination_port=shot.source_port,
    )  # fmt: skip


def _related(packet: Packet, number: int, near: str, echo: Protocol) -> Trial:
    """A port-unreachable for a datagram from the far end; it travels against the flow it belongs to."""
    source, port = _source_port(number), packet.destination_port or 25
    datagram = shot_of(
        0, near, replace(packet, protocol="udp", source_port=source, destination_port=port, icmp_type=None)
    )
    first = _back(datagram, packet.direction)
    error = replace(
        packet, protocol=echo, source_port=None, destination_port=None, state="related", reply=True,
        icmp_type=3 if echo == "icmp" else 1, icmp_code=3 if echo == "icmp" else 4,
    )  # fmt: skip
    shot = replace(shot_of(number, near, error), quoted=replace(first, number=number))
    return Trial(error, shot, (first,))
