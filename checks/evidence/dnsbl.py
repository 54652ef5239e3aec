"""Block lists: what to ask them, and what their answers mean (RFC 5782)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from checks.evidence.dnsbl_lists import Bit, BlockList, Code
from checks.evidence.lookup import Answer, Lookup, canonical

# Stands for the account's key in the names of keyed lists, so that no key is ever part of the evidence:
# whoever asks the DNS puts the key there.
KEY = "{key}"


@dataclass(frozen=True)
class Listing:
    """What a list says of a subject.

    state: ``listed``, ``not listed``, ``refused`` (we may not ask) or ``unknown``.
    effect: of the gravest code: blocking, informational or positive. why: the codes in words, or what went wrong.
    query: the name asked for, with KEY in place of a key. zone: the list's, where that is known.
    """

    query: str
    state: str
    effect: str = ""
    codes: tuple[str, ...] = ()
    why: str = ""
    zone: str = ""


def kind_of(subject: str) -> str:
    """What a subject is: ``ip4``, ``ip6`` or ``domain``."""
    try:
        return f"ip{ipaddress.ip_address(subject).version}"
    except ValueError:
        return "domain"


def query_name(block_list: BlockList, subject: str) -> str:
    """The name to ask for: RFC 5782 §2.1 octets reversed, §2.4 nibbles reversed, §3 a domain as it is."""
    kind = kind_of(subject)
    name = canonical(subject)
    if kind != "domain":
        name = ipaddress.ip_address(subject).reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    return ".".join([name, *([KEY] if block_list.keyed else []), block_list.zone])


def interpret(block_list: BlockList, subject: str, answer: Answer) -> Listing:
    """What this answer to query_name() means."""
    query = query_name(block_list, subject)
    if answer.rcode == "REFUSED":
        return Listing(query, "refused", why="the list's servers answer REFUSED")
    if not answer.known:
        return Listing(query, "unknown", why=f"A {query}: {answer.rcode}")
    if answer.void:
        return Listing(query, "not listed")
    addresses = [address for address in map(_address, answer.records) if address]
    refusals = [meaning for address in addresses if (meaning := block_list.refusal(address))]
    if refusals:
        return Listing(query, "refused", "", tuple(answer.records), refusals[0])
    # 127.255.255.0/24 is nobody's listing, whatever else a list documents.
    meanings = [found for a in addresses if not str(a).startswith("127.255.255.") for found in _meanings(block_list, a)]
    if not meanings:
        return Listing(query, "unknown", "", tuple(answer.records), "the answer is none that the list documents")
    why = "; ".join(dict.fromkeys(found.meaning for found in meanings))
    effects = [found.effect for found in meanings]
    gravest = next(effect for effect in ("blocking", "informational", "positive") if effect in effects)
    return Listing(query, "listed", gravest, tuple(answer.records), why)


def _address(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def _meanings(block_list: BlockList, address: ipaddress.IPv4Address) -> list[Code | Bit]:
    found: list[Code | Bit] = [code for code in block_list.codes if code.matches(address)]
    if address.packed[:3] == bytes((127, 0, 0)):
        found += [bit for bit in block_list.bits if address.packed[3] & bit.value]
    return found


@dataclass(frozen=True)
class SelfTest:
    """Does a list work, asked from here? state: ``works``, ``refused``, ``broken`` or ``unknown``."""

    state: str
    why: str = ""


def self_test(block_list: BlockList, lookup: Lookup) -> SelfTest:
    """Ask for the test entries. Until they are right, what the list says of anybody means nothing. RFC 5782 §5."""
    listed, unlisted = (
        interpret(block_list, subject, lookup(query_name(block_list, subject), "A"))
        for subject in (block_list.test_listed, block_list.test_unlisted)
    )
    for listing in (listed, unlisted):
        if listing.state == "refused":
            return SelfTest("refused", listing.why)
    if unlisted.state == "listed" or unlisted.codes:
        return SelfTest("broken", f"{unlisted.query} is listed and must not be: the list answers everything")
    if listed.state == "not listed":
        return SelfTest("broken", f"{listed.query} is not listed and must be: the list is empty, or dead")
    if listed.state == "unknown" and listed.codes:
        return SelfTest("broken", f"{listed.query} answers {', '.join(listed.codes)}, which the list does not document")
    if "unknown" in (listed.state, unlisted.state):
        return SelfTest("unknown", listed.why or unlisted.why)
    return SelfTest("works")
