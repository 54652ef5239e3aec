"""Servers to which a host's own resolver hands questions on: all of them, or those about one zone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

# Of BIND nothing but zones and forwarders, since its configuration holds keys (-x hides them as well).
# unbound.conf(5) "Forward Zone Options", "Stub Zone Options"; named.conf(5), as named-checkconf -p prints it.
QUERY = (
    "sudo sh -c 'command -v unbound-checkconf >/dev/null || command -v named-checkconf >/dev/null || exit 127; "
    "cat /etc/unbound/unbound.conf /etc/unbound/*.d/*.conf 2>/dev/null | "
    'grep -E "^[[:space:]]*((forward|stub)-(zone|addr)|name|server|auth-zone|view|remote-control)[[:space:]]*:"; '
    "command -v named-checkconf >/dev/null && named-checkconf -px 2>/dev/null | "
    'awk "/^[[:space:]]*zone \\"/ {print} /forwarders/ {on = 1} on {print} /}/ {on = 0}"; true\''
)
_LINE = re.compile(r"\s*([a-z-]+)\s*:\s*\"?([^\s\"#]*)")
_ZONE = re.compile(r"zone \"([^\"]{1,255})\"[^{]{0,20}\{|forwarders \{([^}]{0,2000})\}")


def forwarders(text: str) -> dict[str, tuple[str, ...]]:
    """The zones (``.`` is all of the DNS) whose questions go to each address; other ports than 53 are passed over."""
    found: dict[str, list[str]] = {}
    for zone, written in (*_unbound(text), *_named(text)):
        address, _, port = written.partition("@")
        try:
            server = ipaddress.ip_address(address)
        except ValueError:
            continue
        if port.partition("#")[0] in ("", "53") and not server.is_loopback:
            found.setdefault(str(server), []).append(zone.rstrip(".").lower() or ".")
    return {address: tuple(dict.fromkeys(zones)) for address, zones in found.items()}


def _unbound(text: str) -> Iterator[tuple[str, str]]:
    zone, held = "", ""
    for line in text.splitlines():
        if match := _LINE.match(line):
            key, value = match.groups()
            if not value:
                held, zone = (key, ".") if key in ("forward-zone", "stub-zone") else ("", "")
            elif held and key == "name":
                zone = value
            elif held and key in ("forward-addr", "stub-addr"):
                yield zone, value


def _named(text: str) -> Iterator[tuple[str, str]]:
    zone = "."
    for match in _ZONE.finditer(text):
        if match[1] is not None:
            zone = match[1]
            continue
        for each in match[2].split(";"):
            words = each.split()
            if words:
                yield zone, words[0] + (f"@{words[2]}" if words[1:2] == ["port"] and len(words) > 2 else "")
