"""Listening sockets of a host, from `ss -Hltnup` (iproute2)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_PROCESS = re.compile(r'\("([^"]*)"')


@dataclass(frozen=True)
class Listener:
    """One listening socket. address: as bound, ``*`` for every address of both families.

    process: the name of the one that opened it, or ''. ss lists the youngest of those who share it first.
    """

    protocol: str
    address: str
    port: int
    process: str
    line: str

    @property
    def loopback(self) -> bool:
        """Bound to an address that only this machine reaches."""
        if self.address == "*":
            return False
        return ipaddress.ip_address(self.address).is_loopback

    @property
    def passing(self) -> bool:
        """A socket that comes and goes with each question of a client (UDP from 32768 up), or serves one link."""
        held = None if self.address == "*" else ipaddress.ip_address(self.address)
        near = held is not None and (held.is_link_local or held.is_multicast)
        return near or (self.protocol == "udp" and self.port >= 32768)

    def serves(self, family: int) -> bool:
        """Whether it takes connections of this IP version (4 or 6)."""
        return self.address == "*" or ipaddress.ip_address(self.address).version == family


def listeners(text: str) -> tuple[Listener, ...]:
    """The listeners of `ss -Hltnup`; lines of another shape are passed over."""
    return tuple(found for line in text.splitlines() if (found := _listener(line)))


def _listener(line: str) -> Listener | None:
    words = line.split()
    if len(words) < 5 or words[0] not in ("tcp", "udp"):
        return None
    address, _, port = words[4].rpartition(":")
    address = address.strip("[]").partition("%")[0]
    processes = _PROCESS.findall(line)
    try:
        if address != "*":
            ipaddress.ip_address(address)
        return Listener(words[0], address, int(port), processes[-1] if processes else "", " ".join(words))
    except ValueError:
        return None


def peers(text: str) -> frozenset[str]:
    """The other ends of the connections of `ss -Htan`; addresses alone, those of IPv4 in their own notation."""
    found = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) < 5:
            continue
        host = words[4].rpartition(":")[0].strip("[]").partition("%")[0].removeprefix("::ffff:")
        try:
            found.add(str(ipaddress.ip_address(host)))
        except ValueError:
            continue
    return frozenset(found)
