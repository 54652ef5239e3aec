"""Receivers whose certificate is not the one that Postfix's TLS policy demands of them (smtp_tls_policy_maps)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.queue import Queue

# What Postfix's own SMTP client says (src/smtp/smtp_proto.c); a receiver's words stand behind "said:".
_NOT_VERIFIED = re.compile(r"\bServer certificate not (verified|trusted)\b")
_DIGESTS = re.compile(r"\b([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){2}):[0-9A-Fa-f:]{20,}")
_PARENTS = 4


@dataclass(frozen=True)
class Unverified:
    """Mail that waits for a domain whose server's certificate was not accepted. untrusted: no known authority's."""

    domain: str
    messages: int
    untrusted: bool


def unverified(queue: Queue) -> tuple[Unverified, ...]:
    """Each such domain of the queue."""
    found: dict[tuple[str, bool], set[str]] = {}
    for message in queue.messages:
        for recipient in message.recipients:
            said = _NOT_VERIFIED.search(recipient.delay_reason)
            if said and recipient.domain and " said:" not in recipient.delay_reason:
                found.setdefault((recipient.domain, said[1] == "trusted"), set()).add(message.queue_id)
    return tuple(Unverified(domain, len(ids), untrusted) for (domain, untrusted), ids in found.items())


def next_hop(way: str, domain: str, relayhost: str) -> str:
    """Where transport(5), or else relayhost, sends the mail of a domain; the domain itself where neither says so."""
    _, colon, to = way.partition(":")
    return (to if colon and to else relayhost or domain).strip().lower()


def policy_keys(hop: str) -> Iterator[str]:
    """What is looked up for a next hop: itself, and of a name the domains above (TLS_README, "TLS policy table")."""
    yield hop
    if "[" not in hop and ":" not in hop:
        labels = hop.split(".")
        yield from (f".{'.'.join(labels[n:])}" for n in range(1, min(len(labels) - 1, _PARENTS)))


def pinned(value: str, untrusted: bool) -> bool:
    """Whether it is the policy that asks for another certificate, or another name in it, than the receiver has.

    One that no known authority has signed, or that has ended, is the receiver's affair, but where a fingerprint counts.
    """
    level = value.split(None, 1)[0].rstrip(",").lower() if value.strip() else ""
    return level == "fingerprint" or (level in ("verify", "secure") and not untrusted)


def shortened(value: str) -> str:
    """The policy with no more of each fingerprint than tells it from others."""
    return _DIGESTS.sub(r"\1:…", value)[:160]
