"""What Rspamd believes of a message before it looks, and whom it asks (`rspamadm configdump -j`)."""

from __future__ import annotations

import ipaddress

from checks.evidence.rspamd_conf import json_object

MULTIMAP = "sudo rspamadm configdump -j multimap"
OPTIONS = "sudo rspamadm configdump -j options"
# Kinds of maps that are asked for what the sender himself claims (Rspamd, multimap module).
_CLAIMED = ("from", "header", "hostname", "helo")


def believed(text: str) -> tuple[str, ...]:
    """Rules that accept a message unseen for what its sender claims, with nothing else required."""
    found = []
    for name, rule in json_object(text).items():
        if not isinstance(rule, dict) or not rule.get("prefilter") or rule.get("require_symbols"):
            continue
        if str(rule.get("action", "")).lower() in ("accept", "no action") and rule.get("type") in _CLAIMED:
            found.append(f"{name} (type {rule['type']}, action {rule['action']})")
    return tuple(found)


def name_servers(text: str) -> tuple[str, ...]:
    """Addresses of the name servers that it is told to ask; none where it follows /etc/resolv.conf."""
    dns = json_object(text).get("dns")
    named = dns.get("nameserver") if isinstance(dns, dict) else None
    words = named if isinstance(named, list) else [named]
    return tuple(found for word in words if isinstance(word, str) and (found := _address(word)))


def _address(word: str) -> str:
    """``master-slave:192.0.2.1:53:10`` and ``[2001:db8::1]:53`` have port and weight behind the address."""
    bare = word.rpartition("master-slave:")[2].removeprefix("random:").removeprefix("round-robin:")
    bare = bare[1:].partition("]")[0] if bare.startswith("[") else bare
    for candidate in (bare, bare.partition(":")[0]):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return ""
