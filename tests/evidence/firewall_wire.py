"""Three hosts in network namespaces and raw packets between them, to see what a firewall really does.

A client (c) and a server (s) with the host under test (h) between them: c is on h's eth0, s on its eth1. Needs root.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.evidence.firewall_frames import Seen, Shot, frame, read_ip, read_transport

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
PACKET_OUTGOING = 4
MAC = {"c": "02:00:00:00:00:01", "h0": "02:00:00:00:00:02", "h1": "02:00:00:00:00:03", "s": "02:00:00:00:00:04"}
CLIENT = {4: ["198.51.100.1", "198.51.100.7", "198.51.100.66"], 6: ["2001:db8:1::1", "2001:db8:1::7", "2001:db8:1::66"]}
HOST = {4: ["198.51.100.10", "198.51.100.11"], 6: ["2001:db8:1::10", "2001:db8:1::11"]}
HOST_OUT = {4: ["203.0.113.10"], 6: ["2001:db8:2::10"]}
SERVER = {4: ["203.0.113.1", "203.0.113.5"], 6: ["2001:db8:2::1", "2001:db8:2::5"]}
SYSCTLS = (
    "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 "
    "net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0 "
    "net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 "
    "net.ipv4.icmp_msgs_burst=100000"
)
# Client and server only listen in: their own stacks must answer nothing that a crafted packet brings back.
SILENT = """table inet quiet { chain i { type filter hook input priority 0
tcp dport 60000-65535 accept
tcp sport 60000-65535 accept
drop; }; }"""


def run(*command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command's outcome; it is given ten seconds."""
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=10, check=False)


def must(*command: str, text: str | None = None) -> str:
    """The command's output. Raises RuntimeError where it fails."""
    done = run(*command, text=text)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


@dataclass
class Wire:
    """The namespaces, by the letter of their host, and the sockets in them."""

    tag: str
    listening: dict[socket.socket, tuple[str, str]] = field(default_factory=dict)
    sending: dict[tuple[object, ...], socket.socket] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def name(self, host: str) -> str:
        return f"mafw-{self.tag}{host}"

    def at(self, host: str, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command on this host."""
        return run("ip", "netns", "exec", self.name(host), *command, text=text)

    def fire(self, shots: Iterable[Shot], patience: float = 0.04) -> list[Seen]:
        """Sends packets, and tells what came of them where; patience: seconds of silence until that is all."""
        list(self._drain(0.0))
        for shot in shots:
            self._send(shot)
        return list(self._drain(patience))

    def prepare(self, shots: Iterable[Shot]) -> None:
        """Sends packets that only make connections."""
        for shot in shots:
            self._send(shot)
            list(self._drain(0.001))

    def _send(self, shot: Shot) -> None:
        if shot.origin == "c":
            self.sending["c",].send(
                bytes.fromhex((MAC["h0"] + MAC["c"]).replace(":", "")) + shot.ethertype + frame(shot)
            )
            return
        if shot.origin == "s":
            self.sending["s",].send(
                bytes.fromhex((MAC["h1"] + MAC["s"]).replace(":", "")) + shot.ethertype + frame(shot)
            )
            return
        key = ("h", shot.version, shot.mark, shot.uid)
        if key not in self.sending:
            self.sending[key] = self._raw(shot)
        with suppress(OSError):  # a dropped packet is refused with EPERM
            self.sending[key].sendto(frame(shot), (shot.destination, 0))

    def _raw(self, shot: Shot) -> socket.socket:
        with inside(self.name("h")):
            LIBC.setfsuid(shot.uid)
            try:
                family = socket.AF_INET if shot.version == 4 else socket.AF_INET6
                made = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
            finally:
                LIBC.setfsuid(0)
        made.setsockopt(socket.SOL_SOCKET, 36, shot.mark)  # SO_MARK
        return made

    def _drain(self, quiet: float) -> Iterator[Seen]:
        """What the listening sockets hold, until they have been quiet for so many seconds."""
        until = time.monotonic() + 2
        while time.monotonic() < until:
            ready = self.selector.select(quiet)
            if not ready:
                return
            for key, _ in ready:
                seen = self._receive(key.fileobj)  # type: ignore[arg-type]
                if seen is not None:
                    yield seen

    def _receive(self, ready: socket.socket) -> Seen | None:
        host, protocol = self.listening[ready]
        octets, sender = ready.recvfrom(4096)
        if protocol == "any":
            return None if sender[2] == PACKET_OUTGOING else read_ip(host, octets[14:])
        return read_transport(host, protocol, octets)

    def listen(self) -> None:
        """Opens what sees a packet: on c and s before their firewall, on h behind its own."""
        for host in "cs":
            with inside(self.name(host)):
                link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
                link.bind(("eth0", ETH_P_ALL))
            self.sending[host,] = link
            self._watch(link, host, "any")
        with inside(self.name("h")):
            for family, names in (
                (socket.AF_INET, ("tcp", "udp", "icmp")),
                (socket.AF_INET6, ("tcp", "udp", "icmpv6")),
            ):
                for name in names:
                    number = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}[name]
                    made = socket.socket(family, socket.SOCK_RAW, number)
                    self._watch(made, "h", f"{4 if family == socket.AF_INET else 6} {name}")

    def _watch(self, made: socket.socket, host: str, protocol: str) -> None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.listening[made] = (host, protocol)
        self.selector.register(made, selectors.EVENT_READ)

    def close(self) -> None:
        for made in {*self.listening, *self.sending.values()}:
            made.close()
        self.selector.close()
        for host in "chs":
            run("ip", "netns", "del", self.name(host))


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Sockets opened within belong to this network namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        LIBC.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


@contextmanager
def wire(tag: str) -> Iterator[Wire]:
    """The three hosts, connected, silent and gone again afterwards."""
    made = Wire(tag)
    try:
        _build(made)
        made.listen()
        yield made
    finally:
        made.close()


def _build(made: Wire) -> None:
    for host in "chs":
        must("ip", "netns", "add", made.name(host))
    batch = {host: ["link set lo up"] for host in "chs"}
    for host, link, mac, peer in (("c", "eth0", "h0", MAC["c"]), ("s", "eth1", "h1", MAC["s"])):
        near = f"eth0 netns {made.name(host)} address {peer} type veth"
        must("ip", "link", "add", *f"{near} peer name {link} address {MAC[mac]} netns {made.name('h')}".split())
    for version in (4, 6):
        _configure(batch, version)
    for host in "chs":
        run(
            "ip",
            "netns",
            "exec",
            made.name(host),
            "sysctl",
            "-qw",
            *SYSCTLS.split(),
            "net.ipv6.conf.default.accept_dad=0",
        )
        must("ip", "-n", made.name(host), "-force", "-batch", "-", text="\n".join(batch[host]))
    for host in "cs":
        must("ip", "netns", "exec", made.name(host), "nft", "-f", "-", text=SILENT)


def _configure(batch: dict[str, list[str]], version: int) -> None:
    """Addresses, neighbours and routes, all static: a firewall that drops neighbour discovery changes nothing."""
    length, extra = (24, "") if version == 4 else (64, " nodad")
    plan = {("c", "eth0"): CLIENT, ("h", "eth0"): HOST, ("h", "eth1"): HOST_OUT, ("s", "eth0"): SERVER}
    for (host, link), addresses in plan.items():
        if version == 4:
            batch[host] += [f"link set {link} addrgenmode none", f"link set {link} up"]
        batch[host] += [f"addr add {address}/{length} dev {link}{extra}" for address in addresses[version]]
    neighbours = [("c", "eth0", "h0", HOST), ("h", "eth0", "c", CLIENT), ("h", "eth1", "s", SERVER),
                  ("s", "eth0", "h1", HOST_OUT)]  # fmt: skip
    for host, link, mac, addresses in neighbours:
        batch[host] += [f"neigh add {one} lladdr {MAC[mac]} dev {link} nud permanent" for one in addresses[version]]
    everywhere = "0.0.0.0/0" if version == 4 else "::/0"
    batch["c"].append(f"route add {everywhere} via {HOST[version][0]}")
    batch["s"].append(f"route add {everywhere} via {HOST_OUT[version][0]}")
