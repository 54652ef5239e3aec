"""Reverse DNS of a sending address: its names, whether they lead back to it, and whether they look rented."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from checks.evidence.lookup import Foresee, Lookup, at_once, canonical, is_under, queryable

# Names beyond these are counted, not resolved: receivers look at ten at most (RFC 7208 §4.6.4).
MAX_NAMES = 10

# Words that receivers take for an access line or an unnamed machine, as a label or a part of one between hyphens.
_GENERIC_WORDS = frozenset((
    "adsl", "cable", "cpe", "customer", "dhcp", "dial", "dialup", "dip", "dsl", "dyn", "dynamic", "dynamicip", "ftth",
    "pool", "ppp", "pppoe", "static", "unassigned", "vdsl", "xdsl",
))  # fmt: skip
# Names that hosters give to every machine until the customer sets one.
_PROVIDER_DEFAULTS = (
    "amazonaws.com", "bc.googleusercontent.com", "cloudapp.azure.com", "cloudapp.net", "clients.your-server.de",
    "contaboserver.net", "hosted-by-vdsina.com", "hwsrv.net", "ip.linodeusercontent.com", "members.linode.com",
    "rev.vodafone.pt", "stratoserver.net", "vps.ovh.net", "vultrusercontent.com", "your-server.de",
)  # fmt: skip


@dataclass(frozen=True)
class ReverseDns:
    """The PTR records of an address.

    state: ``names``, ``none`` or ``unknown``. confirmed: names with an address record that is this address;
    unknown: questions without an answer, so that a name may still be confirmed.
    """

    address: str
    state: str
    names: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Names that were resolved and do not lead back."""
        return tuple(name for name in self.names[:MAX_NAMES] if name not in self.confirmed)


def reverse_dns(address: str, lookup: Lookup, foresee: Foresee = at_once) -> ReverseDns:
    """Names of an address, and which of them lead back (iprev, RFC 8601 §3). Raises ValueError if it is no address."""
    ip = ipaddress.ip_address(address)
    answer = lookup(ip.reverse_pointer, "PTR")
    if not answer.known:
        return ReverseDns(str(ip), "unknown", unknown=(f"PTR {ip.reverse_pointer}: {answer.rcode}",))
    names = tuple(dict.fromkeys(map(canonical, answer.records)))
    rdtype = "A" if ip.version == 4 else "AAAA"
    foresee([(name, rdtype) for name in names[:MAX_NAMES] if queryable(name)])
    confirmed, unknown = [], []
    for name in names[:MAX_NAMES]:
        holds = resolves_to(name, address, lookup)
        if holds:
            confirmed.append(name)
        elif holds is None:
            unknown.append(f"{rdtype} {name}")
    return ReverseDns(str(ip), "names" if names else "none", names, tuple(confirmed), tuple(unknown))


def resolves_to(name: str, address: str, lookup: Lookup) -> bool | None:
    """Has this name, as of a HELO, the address? None if the DNS does not answer. RFC 5321 §4.1.4."""
    ip = ipaddress.ip_address(address)
    if not queryable(canonical(name)):
        return False
    answer = lookup(canonical(name), "A" if ip.version == 4 else "AAAA")
    return str(ip) in map(_normal, answer.records) if answer.known else None


def _normal(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def generic(name: str, address: str) -> str:
    """Why receivers may take the name for that of a rented or dynamic address, empty if they should not."""
    name = canonical(name)
    if _spells(name, ipaddress.ip_address(address)):
        return f"{name} spells out the address"
    provider = next((suffix for suffix in _PROVIDER_DEFAULTS if is_under(name, suffix)), None)
    if provider:
        return f"{name} is the name that {provider} gives to every machine"
    # The domain itself is not looked at: static.example is a name like any other.
    words = re.split(r"[.\-_0-9]+", ".".join(name.split(".")[:-2]))
    word = next((word for word in words if word in _GENERIC_WORDS), None)
    return f"{name} contains {word!r}" if word else ""


def _spells(name: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """The address in the name: whole or its last three octets, either way round, padded, or as hexadecimal."""
    if isinstance(ip, ipaddress.IPv6Address):
        digits = ip.exploded.replace(":", "")
        groups = str(ip).replace("::", ":").split(":")
        squeezed = re.sub(r"[.\-_]", "", name)
        if digits in squeezed or digits[::-1] in squeezed:
            return True
        return len(groups) > 2 and "-".join(groups) in re.sub(r"-+", "-", name)
    numbers = [str(int(number)) for number in re.findall(r"[0-9]{1,3}", name)]
    octets = str(ip).split(".")
    windows = [numbers[i : i + 3] for i in range(len(numbers))]
    if any(octets[i : i + 3] in windows or octets[i : i + 3][::-1] in windows for i in (0, 1)):
        return True
    whole = (ip.packed.hex(), str(int(ip)), "".join(o.zfill(3) for o in octets))
    return any(form in name for form in whole)
