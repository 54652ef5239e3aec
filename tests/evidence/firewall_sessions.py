"""Whole TCP sessions for the firewall bench: connect, accept, and a banner from the server, as in SMTP."""

from __future__ import annotations

import contextlib
import ipaddress
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from checks.evidence.firewall import Direction, Packet
from checks.evidence.firewall_ruleset import Ruleset, decide
from tests.evidence.firewall_nft_rules import PORTS, SOURCES, TARGETS
from tests.evidence.firewall_shots import KNOWN_HOST
from tests.evidence.firewall_wire import Wire, inside

PATIENCE = 0.25
ENDS = {"in": ("c", "h"), "out": ("h", "s"), "forward": ("c", "s")}


@dataclass(frozen=True)
class Attempt:
    """The packet that opens a connection, and the client's end of it."""

    packet: Packet
    client: socket.socket


@dataclass
class Sessions:
    """Servers on every port of the host under test and of the server behind it."""

    wire: Wire
    listeners: list[socket.socket] = field(default_factory=list)
    # Source ports that the silent firewalls of client and server let through.
    port: int = 60000

    def open(self) -> None:
        """Starts listening."""
        for host in "hs":
            with inside(self.wire.name(host)):
                for port in PORTS:
                    made = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
                    made.setblocking(False)
                    self.listeners.append(made)

    def close(self) -> None:
        for made in self.listeners:
            made.close()

    def compare(self, rng: Random, direction: Direction, rulesets: Sequence[Ruleset], amount: int) -> Iterator[str]:
        """Tries so many sessions, and tells for each where the kernel differs from the decisions on its packets."""
        attempts = [self._start(rng, direction) for _ in range(amount)]
        served = self._serve({attempt.client for attempt in attempts}, PATIENCE)
        for attempt in attempts:
            attempt.client.close()
            if self._differs(rulesets, attempt, attempt.client in served):
                # Once more, alone and with time: the machine may be slow.
                second = self._connect(attempt.packet)
                actual = bool(self._serve({second.client}, 4 * PATIENCE))
                second.client.close()
                if story := self._differs(rulesets, second, actual):
                    yield story

    def _differs(self, rulesets: Sequence[Ruleset], attempt: Attempt, actual: bool) -> str:
        decisions = [decide(rulesets, leg, KNOWN_HOST) for leg in legs(attempt.packet)]
        admitted = [decision.admits for decision in decisions]
        expected = False if False in admitted else (None if None in admitted else True)
        if expected is None or expected == actual:
            return ""
        story = "\n".join(map(str, decisions))
        return f"{attempt.packet}\n{story}\nexpected {'a' if expected else 'no'} session, there was {actual}\n"

    def _start(self, rng: Random, direction: Direction) -> Attempt:
        version = rng.choice([4, 6])
        source, destination = rng.choice(SOURCES[direction][version]), rng.choice(TARGETS[direction][version])
        packet = Packet(
            "ipv4" if version == 4 else "ipv6", direction, "tcp", rng.choice(PORTS), 0,
            ipaddress.ip_address(source), ipaddress.ip_address(destination),
            None if direction == "out" else "eth0", None if direction == "in" else "eth1",
            uid=0 if direction == "out" else None,
        )  # fmt: skip
        return self._connect(packet)

    def _connect(self, packet: Packet) -> Attempt:
        self.port = 60000 + (self.port - 60000 + 1) % 5000
        packet = replace(packet, source_port=self.port)
        with inside(self.wire.name(ENDS[packet.direction][0])):
            made = socket.socket(socket.AF_INET if packet.family == "ipv4" else socket.AF_INET6, socket.SOCK_STREAM)
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((str(packet.source), self.port))
        with contextlib.suppress(OSError):  # in progress, or refused at once by an output rule
            made.connect((str(packet.destination), packet.destination_port or 0))
        return Attempt(packet, made)

    def _serve(self, clients: set[socket.socket], patience: float) -> set[socket.socket]:
        """Accepts and greets for a while; the clients that were greeted."""
        greeted: set[socket.socket] = set()
        until, held = time.monotonic() + patience, []
        while (left := until - time.monotonic()) > 0 and clients - greeted:
            ready, _, _ = select.select([*self.listeners, *(clients - greeted)], [], [], left)
            for one in ready:
                if one in clients:
                    greeted |= {one} if _greeting(one) else set()
                    clients = clients if one in greeted else clients - {one}
                    continue
                with contextlib.suppress(OSError):
                    held.append(one.accept()[0])
                    held[-1].send(b"220 ")
        for one in held:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.close()
        return greeted


def _greeting(client: socket.socket) -> bool:
    try:
        return client.recv(8) != b""
    except OSError:
        return False


def legs(opening: Packet) -> tuple[Packet, ...]:
    """The packets of a session up to the banner: SYN, SYN with ACK, ACK, data."""
    turned: Direction = {"in": "out", "out": "in", "forward": "forward"}[opening.direction]  # type: ignore[assignment]
    back = replace(
        opening, direction=turned, source=opening.destination, destination=opening.source, reply=True, uid=None,
        source_port=opening.destination_port, destination_port=opening.source_port, state="established",
        interface_in=opening.interface_out, interface_out=opening.interface_in,
    )  # fmt: skip
    return (
        opening,
        replace(back, tcp_flags=frozenset({"syn", "ack"})),
        replace(opening, state="established", tcp_flags=frozenset({"ack"})),
        replace(back, tcp_flags=frozenset({"psh", "ack"})),
    )
