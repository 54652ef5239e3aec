"""What becomes of a domain in senders' addresses by Postfix's masquerade_domains (ADDRESS_REWRITING_README)."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_macro import words

# The programs that hand mail to cleanup(8), and the classes of addresses that show who sent it.
_ENTRANCES = ("smtpd", "pickup", "qmqpd")
_OF_SENDERS = ("envelope_sender", "header_sender")


def masqueraded(domain: str, listed: tuple[str, ...]) -> str:
    """The domain after masquerading: src/cleanup/cleanup_masquerade.c.

    The first entry that is the domain itself or a parent of it decides; with "!" before it the domain is left alone.
    """
    for entry in listed:
        parent = entry.lstrip("!").lower()
        spared = (len(entry) - len(entry.lstrip("!"))) % 2 == 1
        if parent == domain:
            return domain
        if parent and domain.endswith(f".{parent}"):
            return domain if spared else parent
    return domain


def senders_become(postfix: Postfix, domain: str) -> str:
    """The domain that senders of this one get, in the envelope or in headers, where mail enters Postfix."""
    for cleanup in _cleanups(postfix):
        if any(each in words(postfix.of(cleanup, "masquerade_classes")) for each in _OF_SENDERS):
            becomes = masqueraded(domain, words(postfix.of(cleanup, "masquerade_domains")))
            if becomes != domain:
                return becomes
    return domain


def _cleanups(postfix: Postfix) -> Iterator[Service]:
    """The cleanup services that rewrite what enters; no_address_mappings switches masquerading off."""
    entrances = [s for s in postfix.services if s.program in _ENTRANCES]
    named = {
        postfix.of(s, "cleanup_service_name") or "cleanup" for s in entrances
        if "no_address_mappings" not in words(postfix.of(s, "receive_override_options"))
    }  # fmt: skip
    yield from (s for s in postfix.services if s.program == "cleanup" and s.name in named)
