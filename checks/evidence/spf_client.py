"""The client and sender of an SPF check: their addresses and names, and what they are to macros (RFC 7208 §7)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence import spf_macro
from checks.evidence.lookup import Answer, Foresee, Lookup, canonical, is_under, queryable
from checks.evidence.spf import Directive

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 7208 §4.6.4: names of one mx (more are a permerror) or of one ptr (more are ignored).
MAX_NAMES = 10


@dataclass(frozen=True)
class Client:
    """Who sends. sender: an address with a local part. helo: the name in its HELO or EHLO."""

    address: Address
    sender: str
    helo: str
    lookup: Lookup
    foresee: Foresee

    @property
    def rdtype(self) -> str:
        """The type of address record that can match this client."""
        return "A" if self.address.version == 4 else "AAAA"

    def reverse(self) -> Answer:
        """The client's PTR records."""
        return self.lookup(self.address.reverse_pointer, "PTR")

    def validated_names(self) -> list[str]:
        """RFC 7208 §5.5: names of the client that resolve to it; a DNS error drops the name, no more."""
        names = [name for name in map(canonical, self.reverse().records[:MAX_NAMES]) if queryable(name)]
        self.foresee([(name, self.rdtype) for name in names])
        return [name for name in names if self.is_among(self.lookup(name, self.rdtype).records, 32, 128)]

    def is_among(self, addresses: Iterable[str], prefix4: int, prefix6: int) -> bool:
        """Does one of these address records hold the client, at this prefix length?"""
        prefix = prefix4 if self.address.version == 4 else prefix6
        return any(self.address in network for network in _networks(addresses, prefix))

    def in_network(self, directive: Directive) -> bool:
        """ip4 and ip6. RFC 7208 §5.6: an address of the other family never matches."""
        network = directive.network
        return network is not None and network.version == self.address.version and self.address in network

    def name(self, target: spf_macro.MacroString, domain: str) -> str:
        """The name a domain-spec means. RFC 7208 §7.3: too long a name loses labels on the left."""
        name = canonical(spf_macro.expand(target, lambda letter: self.macro(letter, domain)))
        while len(name) > 253 and "." in name:
            name = name.partition(".")[2]
        return name

    def macro(self, letter: str, domain: str) -> str:
        """What a macro letter stands for. RFC 7208 §7.2."""
        if letter == "p":
            return self._best_name(domain)
        local, _, sender_domain = self.sender.rpartition("@")
        nibbles = ".".join(self.address.exploded.replace(":", "")).upper()
        v4 = self.address.version == 4
        return {
            "s": self.sender,
            "l": local,
            "o": sender_domain,
            "d": domain,
            "h": self.helo,
            "i": str(self.address) if v4 else nibbles,
            "v": "in-addr" if v4 else "ip6",
            "c": str(self.address),
            # Receiver and time, which only an explanation may name; RFC 7208 §7.2: unknown where it is not known.
            "r": "unknown",
            "t": "0",
        }[letter]

    def _best_name(self, domain: str) -> str:
        """RFC 7208 §7.3: the domain itself if validated, else a name below it, else any, else ``unknown``."""
        names = self.validated_names()
        below = [name for name in names if is_under(name, domain)]
        return min(below or names, key=lambda name: name != domain, default="unknown")


def _networks(addresses: Iterable[str], prefix: int) -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for address in addresses:
        try:
            yield ipaddress.ip_network(f"{address}/{prefix}", strict=False)
        except ValueError:
            continue  # not an address record: the DNS answered with something else
