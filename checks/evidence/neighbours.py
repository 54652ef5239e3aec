"""Hardware addresses that were entered by hand (`ip neigh`), and those of a host's own network cards (`ip -o link`)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.evidence.firewall import Address

QUERY = "ip neigh show nud permanent"
LINKS = "ip -o link show"
_ENTRY = re.compile(r"(\S+) dev (\S+) lladdr ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b")
_LINK = re.compile(r"\d+: ([^\s:@]+)[^:]*: .*? link/ether ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b")
# RFC 9568 §7.3: the card of a virtual router is whoever is its master.
_VIRTUAL_ROUTER = ("00:00:5e:00:01:", "00:00:5e:00:02:")
MOST = 1000


@dataclass(frozen=True)
class Neighbour:
    """An entry that never ages: packets for the address go to this card, whoever has it now."""

    address: Address
    device: str
    card: str

    def __str__(self) -> str:
        return f"{self.address} dev {self.device} lladdr {self.card}"


def permanent(text: str) -> tuple[Neighbour, ...]:
    """The entries of `ip neigh show nud permanent`; lines of another shape are passed over."""
    return tuple(_permanent(text))


def _permanent(text: str) -> Iterator[Neighbour]:
    for line in text.splitlines()[:MOST]:
        if found := _ENTRY.match(line):
            try:
                address = ipaddress.ip_address(found[1])
            except ValueError:
                continue
            if not address.is_multicast and not found[3].startswith(_VIRTUAL_ROUTER):
                yield Neighbour(address, found[2], found[3])


def cards(text: str) -> Mapping[str, str]:
    """The hardware address of each interface, from `ip -o link show`."""
    found = (_LINK.match(line) for line in text.splitlines()[:MOST])
    return {match[1]: match[2] for match in found if match}
