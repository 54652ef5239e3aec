"""A host's addresses and routes, as `ip -o address show` and `ip route show` print them."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from checks.evidence.firewall import Address, Family, Host, Network, Route
from checks.evidence.networks import network

# Loopbacks, and bridges that programs for containers and virtual machines make.
_INNER = re.compile(r"(lo|dummy|kube-ipvs|docker|br-|virbr|lxdbr|lxcbr|incusbr|cni|podman|veth)")
_ALL: dict[Family, Network] = {"ipv4": ipaddress.IPv4Network("0.0.0.0/0"), "ipv6": ipaddress.IPv6Network("::/0")}


@dataclass(frozen=True)
class Held:
    """An address, the interface that holds it, and the network that is reached there."""

    interface: str
    address: Address
    network: Network

    @property
    def by_itself(self) -> bool:
        """Whether no other host may have it: not on a loopback, where many may hold one (anycast), nor of a bridge
        for containers, where each host has the same."""
        inner = _INNER.match(self.interface)
        return not (inner or self.address.is_loopback or self.address.is_link_local)


@dataclass(frozen=True)
class Interfaces:
    """addresses: all of the host; host: the same and its routes, as a firewall decision wants them."""

    addresses: tuple[Held, ...]
    host: Host

    def public(self, family: Family) -> Held | None:
        """The first address of the family that other hosts can reach; None if there is none."""
        version = 4 if family == "ipv4" else 6
        held = [h for h in self.addresses if h.address.version == version]
        return next((h for h in held if not h.address.is_loopback and not h.address.is_link_local), None)


def interfaces(addresses: str, routes4: str, routes6: str) -> Interfaces:
    """The addresses and routes of a host; lines of another shape are passed over."""
    held = tuple(found for line in addresses.splitlines() if (found := _held(line)))
    routes = (*_routes(routes4, "ipv4"), *_routes(routes6, "ipv6"))
    return Interfaces(held, Host(frozenset(h.address for h in held), routes))


# RFC 8200 §5: each link must carry packets of this size; Linux switches IPv6 off on an interface that does not.
_IPV6_MTU = 1280
_LINK = re.compile(r"^\d+: ([^\s:@]+)[^:]*: <([^>]*)> mtu (\d{1,9}) ")


def too_small_for_ipv6(links: str) -> str:
    """An interface, of those that `ip -o link show` prints, with too small an MTU for IPv6; empty if none has."""
    found = (_LINK.match(line) for line in links.splitlines())
    small = [m for m in found if m and "UP" in m[2].split(",") and int(m[3]) < _IPV6_MTU]
    return f"{small[0][1]} has an MTU of {small[0][3]}, and below {_IPV6_MTU} there is no IPv6" if small else ""


# The kinds of routes that lead nowhere (ip-route(8)).
DISCARDS = ("blackhole", "unreachable", "prohibit")


def discarding(routes: str, address: Address) -> str:
    """The line of `ip route show` that throws away what goes to this address; empty if another leads there.

    A default route of that kind says only that the host has no other way.
    """
    line = _closest(routes, address)
    return line if line.startswith(DISCARDS) else ""


def leading(routes: str, address: Address) -> tuple[str, str, str]:
    """The route to this address that is no default and goes by a router: its line, the router, and the interface."""
    line = _closest(routes, address)
    by = dict(pairwise(line.split()))
    return (line, by["via"], by.get("dev", "")) if "via" in by else ("", "", "")


def _closest(routes: str, address: Address) -> str:
    """The line of the narrowest route that holds the address, and is no default; empty if there is none."""
    longest, found = 0, ""
    for line in routes.splitlines():
        words = line.split()
        to = network("".join(words[1:2] if line.startswith(DISCARDS) else words[:1]))
        if to is not None and address in to and to.prefixlen > longest:
            longest, found = to.prefixlen, line.strip()
    return found


def answers_there(routers: Iterable[tuple[str, str]]) -> str:
    """The command that sends each router (address, interface) a datagram, and shows whether it has a link address."""
    asked = [(shlex.quote(address), shlex.quote(device)) for address, device in routers]
    sent = "; ".join(f"(printf . > /dev/udp/{a}/9) 2>/dev/null" for a, _ in asked)
    shown = "; ".join(f"ip neigh show {a} dev {d}" for a, d in asked)
    noarp = "ip -o link show | sed -n 's/^[0-9]*: \\([^:@]*\\).*<.*NOARP.*/noarp \\1/p'"
    return f"command -v bash >/dev/null || exit 127; bash -c {shlex.quote(sent)}; sleep 3; {shown}; {noarp}"


def silent(text: str) -> frozenset[str]:
    """Routers that nobody answers for (RFC 826, RFC 4861 §7.3), of those that the command showed."""
    rows = [line.split() for line in text.splitlines()]
    without = {words[1] for words in rows if words[:1] == ["noarp"] and len(words) > 1}
    return frozenset(
        words[0] for words in rows if words[-1:] in (["FAILED"], ["INCOMPLETE"]) and not without & set(words[1:])
    )


def wider_than_others(
    own: Iterable[Held], others: Mapping[str, tuple[Held, ...]], routes: Mapping[int, str]
) -> Iterator[tuple[str, str]]:
    """Routes to a network at hand that two others there at least, and nobody else, have smaller; and what they say.

    A prefix length that was mistyped does so: what is outside is looked for on the own cable.
    """
    own = tuple(own)
    for held in own:
        line = _connected(routes[held.address.version], held)
        near = [(name, each) for name, theirs in others.items() for each in theirs if each.by_itself
                and each.address.version == held.address.version and each.address in held.network]  # fmt: skip
        smaller = {each.network for _, each in near if held.address in each.network}
        if not line or not held.by_itself or len(smaller) != 1:
            continue
        (theirs_is,) = smaller
        names = dict.fromkeys(name for name, each in near if each.network == theirs_is)
        deliberate = any(each.network == theirs_is for each in own) or theirs_is.prefixlen == theirs_is.max_prefixlen
        if theirs_is.prefixlen > held.network.prefixlen and len(names) > 1 and not deliberate:
            yield (
                line,
                (
                    f"`{line}`: it is {held.address}/{held.network.prefixlen}, and takes all of {held.network} for "
                    f"neighbours, where {', '.join(list(names)[:3])} have /{theirs_is.prefixlen}"
                ),
            )


def _connected(routes: str, held: Held) -> str:
    """The route to the address's network that goes by no router."""
    lines = (line.strip() for line in routes.splitlines() if " via " not in line)
    return next((line for line in lines if network(line.split(" ")[0]) == held.network), "")


def gateway(routes: str) -> str:
    """The address of the router that the default route of `ip route show` names; empty if there is none."""
    words = next((line.split() for line in routes.splitlines() if line.startswith("default via ")), [])
    return words[2] if len(words) > 2 else ""


def on_link(routes: str, address: Address) -> bool:
    """Whether a route without a router leads to the address."""
    found = (network(line.split(" ")[0]) for line in routes.splitlines() if " via " not in line)
    return any(to is not None and address in to for to in found)


def _held(line: str) -> Held | None:
    words = line.split()
    if len(words) < 4 or words[2] not in ("inet", "inet6"):
        return None
    try:
        own = ipaddress.ip_interface(words[3])
        return Held(words[1].partition("@")[0], own.ip, own.network)
    except ValueError:
        return None


def _routes(text: str, family: Family) -> Iterator[Route]:
    for line in text.splitlines():
        words = line.split()
        if "dev" not in words[:-1] or words[0] in DISCARDS:
            continue
        to = _ALL[family] if words[0] == "default" else network(words[0])
        if to is not None:
            yield Route(to, words[words.index("dev") + 1])
