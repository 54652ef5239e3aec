"""Packets as octets: writes those that the firewall bench sends; recognises them, or an answer, on arrival."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from checks.evidence.firewall import Packet
from checks.evidence.nft_names import TCP_FLAGS

TOKEN = b"mafw"
ICMP_ERRORS = {"icmp": {3, 11, 12}, "icmpv6": {1, 2, 3, 4}}
NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


@dataclass(frozen=True)
class Shot:
    """A packet to be sent. origin: the host that sends it. number: finds it again. quoted: of an ICMP error."""

    number: int
    origin: str
    version: int
    protocol: str
    source: str
    destination: str
    source_port: int = 0
    destination_port: int = 0
    flags: frozenset[str] = frozenset()
    icmp_type: int = 0
    icmp_code: int = 0
    mark: int = 0
    uid: int = 0
    quoted: Shot | None = None

    @property
    def ethertype(self) -> bytes:
        return b"\x08\x00" if self.version == 4 else b"\x86\xdd"


@dataclass(frozen=True)
class Seen:
    """A packet at a host. number: of the shot it is or answers (0: tell by port). answer: it refuses the shot."""

    host: str
    number: int
    answer: bool
    source_port: int = 0
    destination_port: int = 0


def shot_of(number: int, origin: str, packet: Packet) -> Shot:
    """What to send for a packet description."""
    version = 4 if packet.family == "ipv4" else 6
    return Shot(
        number, origin, version, packet.protocol, str(packet.source), str(packet.destination),
        packet.source_port or 0, packet.destination_port or 0, packet.flags() or frozenset(),
        packet.icmp_type or 0, packet.icmp_code or 0, packet.mark or 0, packet.uid or 0,
    )  # fmt: skip


def checksum(octets: bytes) -> int:
    """RFC 1071 §1."""
    if len(octets) % 2:
        octets += b"\0"
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(shot: Shot) -> bytes:
    """The packet from its IP header on."""
    family = socket.AF_INET if shot.version == 4 else socket.AF_INET6
    ends = socket.inet_pton(family, shot.source) + socket.inet_pton(family, shot.destination)
    body = _transport(shot)
    number = NUMBERS[shot.protocol]
    place = {"tcp": 16, "udp": 6, "icmp": 2, "icmpv6": 2}[shot.protocol]
    pseudo = b"" if shot.protocol == "icmp" else ends + struct.pack("!IHH", len(body), 0, number)
    if shot.version == 4 and shot.protocol in ("tcp", "udp"):
        pseudo = ends + struct.pack("!BBH", 0, number, len(body))
    body = body[:place] + struct.pack("!H", checksum(pseudo + body)) + body[place + 2 :]
    if shot.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(body), number, 64) + ends + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), shot.number & 0xFFFF, 0, 64, number, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def _transport(shot: Shot) -> bytes:
    payload = TOKEN + struct.pack("!I", shot.number)
    if shot.protocol == "tcp":
        flags = sum(TCP_FLAGS[flag] for flag in shot.flags)
        ports = struct.pack("!HH", shot.source_port, shot.destination_port)
        size = struct.pack("!BBH", 2, 4, 1460 if shot.version == 4 else 1440) if "syn" in shot.flags else b""
        length = 0x50 + (len(size) << 2)
        whole = struct.pack("!IIBBHHH", 1000, 1 if "ack" in shot.flags else 0, length, flags, 8192, 0, 0)
        return ports + whole + size + payload
    if shot.protocol == "udp":
        return struct.pack("!HHHH", shot.source_port, shot.destination_port, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHH", shot.icmp_type, shot.icmp_code, 0, shot.number & 0xFFFF, 1)
    if shot.quoted is not None:
        return head[:4] + b"\0\0\0\0" + frame(shot.quoted)
    return head + payload


def read_ip(host: str, octets: bytes) -> Seen | None:
    """What an IP packet at this host is; None for what is none of ours."""
    if len(octets) < 28:
        return None
    version = octets[0] >> 4
    number = octets[9] if version == 4 else octets[6]
    names = {value: name for name, value in NUMBERS.items()}
    if version not in (4, 6) or number not in names:
        return None
    start = (octets[0] & 15) * 4 if version == 4 else 40
    return _read(host, names[number], octets[start:])


def read_transport(host: str, protocol: str, octets: bytes) -> Seen | None:
    """The same, from a raw socket: those of IPv6 give no header."""
    version, name = protocol.split()
    return _read(host, name, octets[(octets[0] & 15) * 4 :] if version == "4" else octets)


def _read(host: str, protocol: str, octets: bytes) -> Seen | None:
    if len(octets) < 8:
        return None
    at = octets.find(TOKEN)
    number = int.from_bytes(octets[at + 4 : at + 8]) if at >= 0 else 0
    if protocol in ("icmp", "icmpv6"):
        return Seen(host, number, octets[0] in ICMP_ERRORS[protocol]) if number else None
    source, destination = struct.unpack("!HH", octets[:4])
    if number:
        return Seen(host, number, False, source, destination)
    if protocol == "tcp" and octets[13] & TCP_FLAGS["rst"]:
        return Seen(host, 0, True, source, destination)
    return None
