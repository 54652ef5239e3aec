"""Lists of networks as mail servers write them, and how wide each is."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 6598: addresses behind a provider's NAT; the ipaddress module counts them as neither private nor global.
_SHARED = ipaddress.ip_network("100.64.0.0/10")


def network(text: str) -> Network | None:
    """192.0.2.0/24, 192.0.2.1, [2001:db8::]/32 or 2001:db8::1; None for anything else (a table, a name)."""
    try:
        return ipaddress.ip_network(text.replace("[", "").replace("]", "").strip("\"'"), strict=False)
    except ValueError:
        return None


def a_client(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address within a network of such a list; None for what is no network, and for loopback."""
    net = network(text)
    if net is None or net.is_loopback:
        return None
    return net.network_address if net.num_addresses == 1 else net.network_address + net.num_addresses // 2


def within(inner: Network, outer: Iterable[Network]) -> bool:
    """Whether one of the outer networks holds all of the inner one."""
    return any(_holds(other, inner) for other in outer)


def _holds(outer: Network, inner: Network) -> bool:
    if isinstance(outer, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    both = isinstance(outer, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network)
    return both and inner.subnet_of(outer)  # type: ignore[arg-type]


def private(net: Network) -> bool:
    """RFC 1918, RFC 4193, RFC 6598, link-local or loopback: nobody on the Internet has such an address."""
    return net.is_private or net.is_link_local or net.is_loopback or _holds(_SHARED, net)
