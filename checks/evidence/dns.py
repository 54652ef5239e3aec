"""DNS questions from an observer: asked of its own resolver, or of one name server by address."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from checks.evidence.observe import CONTROLLER, NoObserver, NotConnected, Vantage
from checks.evidence.transcript import Answer, Question

# Stands in names for the key of a block list that is asked with one, also in what is kept of the answer.
KEY = "{key}"
NO_KEY = "no key"
# Questions to one server wait for each other; the time limit is for the one that waits last.
_PATIENCE = 3
_TRIES = 2
# A server is asked as a stranger asks who takes it for a resolver of his own; spelt as dig has it.
_RECURSE = "+recurse"
_TEXT = re.compile(
    r"(?P<name>\S+) (?P<type>[A-Z0-9]+)(?P<unchecked> \+cd)?(?: @(?P<server>\S+)(?P<recurse> \+recurse)?)?"
)
_FLAGS = ("aa", "ad", "tc")


def question(observer: str, name: str, rdtype: str, server: str = "", *, unchecked: bool = False) -> Question:
    """Ask the observer's resolver, or (without recursion) the name server of this address.

    unchecked: with CD, so that a resolver answers although it finds the answer forged (RFC 4035 §3.2.2).
    """
    at = f" @{server}" if server else ""
    return Question(observer, "dns", f"{name.rstrip('.').lower()}. {rdtype}{' +cd' * unchecked}{at}")


def stranger_question(observer: str, name: str, rdtype: str, server: str) -> Question:
    """Ask the name server of this address to find out about somebody else's name; the outcome tells ``ra`` as well."""
    asked = question(observer, name, rdtype, server)
    return replace(asked, text=f"{asked.text} {_RECURSE}")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """The answer as dnspython prints it. outcome: the RCODE, with ``ad`` if validated, or why there is none."""
    match = _TEXT.fullmatch(asked.text)
    if match is None:
        raise ValueError(f"not a DNS question: {asked.text!r}")
    try:
        server = match["server"] or await vantage.resolver(asked.target)
    except NoObserver as error:
        return Answer(f"no observer: {error}")
    secret = vantage.secrets.get(KEY)
    if KEY in match["name"] and secret is None:
        return Answer(f"{NO_KEY}: the list is asked with one")
    key = secret.reveal().lower() if secret and KEY in match["name"] else ""
    recurse = not match["server"] or bool(match["recurse"])
    query = _query(match["name"].replace(KEY, key), match["type"], recurse)
    if match["unchecked"]:
        query.flags |= dns.flags.CD
    flags = (*_FLAGS, "ra") if match["recurse"] else _FLAGS
    # A lost datagram proves nothing; TCP sends again. A resolver that was busy with dead servers knows the answer soon.
    # A server may end a connection that others share whenever it likes (RFC 7766 §6.2.3).
    again = (
        "bad answer: IncompleteReadError",
        *(() if match["server"] and asked.target != CONTROLLER else ("timed out",)),
    )
    for _ in range(_TRIES):
        answer = await _asked(query, server, asked.target, vantage, flags)
        if not answer.outcome.startswith(again):
            break
    return replace(answer, out=answer.out.replace(key.encode(), KEY.encode())) if key else answer


async def _asked(
    query: dns.message.Message, server: str, observer: str, vantage: Vantage, flags: tuple[str, ...]
) -> Answer:
    try:
        message = await _exchange(query, server, observer, vantage)
    except NotConnected as error:
        return Answer(error.outcome)
    except NoObserver as error:
        return Answer(f"no observer: {error}")
    except (TimeoutError, dns.exception.Timeout):
        return Answer(f"timed out after {vantage.dns_seconds:g} s")
    except (dns.exception.DNSException, ValueError, OSError, asyncio.IncompleteReadError) as error:
        return Answer(f"bad answer: {type(error).__name__}")
    return _answer(message, flags)


def _query(name: str, rdtype: str, recurse: bool) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, want_dnssec=True, payload=1232)
    if not recurse:
        query.flags &= ~dns.flags.RD
    return query


async def _exchange(query: dns.message.Message, server: str, observer: str, vantage: Vantage) -> dns.message.Message:
    if query.question[0].rdtype == dns.rdatatype.AXFR:
        return await _begun(query, server, observer, vantage)
    if observer == CONTROLLER:
        answer, _ = await dns.asyncquery.udp_with_fallback(query, server, timeout=vantage.dns_seconds)
        return answer
    # A forwarded connection is TCP: RFC 7766 §5 obliges servers to answer there too.
    async with asyncio.timeout(vantage.dns_seconds * _PATIENCE):
        return dns.message.from_wire(await vantage.dns_lines.exchange(observer, server, query.to_wire()))


async def _begun(query: dns.message.Message, server: str, observer: str, vantage: Vantage) -> dns.message.Message:
    """How a zone transfer begins; of the zone nothing but its SOA is kept."""
    async with asyncio.timeout(vantage.dns_seconds * _PATIENCE):
        line = await vantage.connect(observer, server, 53, vantage.connect_seconds)
        try:
            wire = query.to_wire()
            line.writer.write(len(wire).to_bytes(2, "big") + wire)
            size = int.from_bytes(await line.reader.readexactly(2), "big")
            message = dns.message.from_wire(await line.reader.readexactly(size))
        finally:
            line.writer.close()
    message.answer = [rrset for rrset in message.answer if rrset.rdtype == dns.rdatatype.SOA][:1]
    message.authority = []
    return message


def _answer(message: dns.message.Message, shown: tuple[str, ...]) -> Answer:
    """RRSIGs are left out but for their end, since they say nothing to a reader; the flags stay."""
    flags = " ".join(flag for flag in shown if message.flags & getattr(dns.flags, flag.upper()))
    lines = []
    for section in (message.answer, message.authority):
        for rrset in section:
            lines += rrset.to_text().splitlines()
    text = "".join(f"{line}\n" for line in lines)
    return Answer(f"{dns.rcode.to_text(message.rcode())} {flags}".strip(), text.encode())
