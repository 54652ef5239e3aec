"""A message as it arrived: its way from server to server, its signatures, and what receivers noted about it.

Everything here was written by strangers. RFC 5321 §4.4 (Received), RFC 8601 (Authentication-Results), RFC 6376.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

import dkim  # type: ignore[import-untyped]

from checks.evidence.lookup import canonical

# What stands before the message in the record of a probe.
MARK = "* message"
_MARK = f"{MARK}\n"
_FOUND = re.compile(r"(?m)^\* found (\d+) in (.+) after (\d+) s$")
_LEFT = re.compile(r"(?m)^\* not deleted: (.*)$")
_CLAUSE = re.compile(r"(?i)\b(from|by|with)\s+([^\s;()]+)")
_RESULT = re.compile(r"(?i)(?:^|;)\s*(spf|dkim|dmarc|arc|iprev)\s*=\s*([a-z]+)([^;]*)")
_MAIL_FROM = re.compile(r"(?i)\bsmtp\.mailfrom\s*=\s*\"?([^\s;\"]+)")
_CLIENT = re.compile(r"(?i)\[(?:IPv6:)?([0-9a-f.:]{3,45})\]")
_MOST_SIGNATURES = 5
_COMMENT = re.compile(r"\([^()]*\)")
_MOST_NESTED = 5

Texts = Callable[[str], str]


@dataclass(frozen=True)
class Hop:
    """One Received field. sender, receiver: the names it gives; protocol: as RFC 3848 spells it; seconds: since the
    hop before, None where a date cannot be read."""

    sender: str
    receiver: str
    protocol: str
    seconds: float | None

    @property
    def encrypted(self) -> bool:
        """RFC 3848: an S says that TLS was used. LMTP and local hand-overs are not between servers of the Internet."""
        word = self.protocol.upper().removeprefix("UTF8")
        return not word.startswith(("ESMTP", "SMTP")) or word in ("ESMTPS", "ESMTPSA", "SMTPS")

    def __str__(self) -> str:
        late = "" if self.seconds is None else f" after {self.seconds:.0f} s"
        return f"{self.sender or 'here'} to {self.receiver} with {self.protocol or 'no protocol named'}{late}"


@dataclass(frozen=True)
class Noted:
    """One result of an Authentication-Results field. who: the server that noted it."""

    who: str
    method: str
    result: str
    text: str


@dataclass(frozen=True)
class Signed:
    """A DKIM signature. verified: None where it cannot be said; covers: fields that it signs, in small letters;
    octets: of the body that it signs (l=), empty for all."""

    domain: str
    selector: str
    verified: bool | None
    why: str = ""
    covers: tuple[str, ...] = ()
    octets: str = ""


@dataclass(frozen=True)
class Arrived:
    """A test message and what became of it. copies: how often it was there; left: why it was not deleted."""

    copies: int
    folder: str
    seconds: int
    left: str
    octets: bytes
    hops: tuple[Hop, ...]
    noted: tuple[Noted, ...]

    @property
    def author(self) -> str:
        """The domain of its From."""
        return canonical(str(message_from_bytes(self.octets)["From"] or "").rpartition("@")[2].strip("<> "))


def arrived(record: str) -> Arrived | None:
    """Read the record of evidence/canary.py; None if the message was not found."""
    found = _FOUND.search(record)
    told, mark, text = record.partition(_MARK)
    if not found or not mark:
        return None
    octets = text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
    message = message_from_bytes(octets)
    left = _LEFT.search(told)
    return Arrived(
        int(found[1]), found[2], int(found[3]), left[1] if left else "", octets,
        tuple(_hops(message)), tuple(_noted(message)),
    )  # fmt: skip


def _fields(message: Message, name: str) -> list[str]:
    return [" ".join(str(value).split()) for value in message.get_all(name, [])]


def _hops(message: Message) -> Iterator[Hop]:
    """In the order in which the message went; each server puts its field above the others."""
    before: datetime | None = None
    for text in reversed(_fields(message, "Received")):
        head, _, date = text.rpartition(";")
        clauses = {word.lower(): value for word, value in reversed(_CLAUSE.findall(_bare(head or text)))}
        moment = _date(date)
        seconds = (moment - before).total_seconds() if moment and before else None
        before = moment or before
        yield Hop(clauses.get("from", ""), clauses.get("by", ""), clauses.get("with", ""), seconds)


def _bare(text: str) -> str:
    """Without comments, which may hold others (RFC 5322 §3.2.2): ``(using TLSv1.3 with cipher …)`` is no protocol."""
    for _ in range(_MOST_NESTED):
        shorter = _COMMENT.sub(" ", text)
        if shorter == text:
            break
        text = shorter
    return text


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(_bare(text).strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def way(record: str) -> list[str]:
    """The lines of such a record before the message itself."""
    return record.partition(_MARK)[0].splitlines()


def _noted(message: Message) -> Iterator[Noted]:
    for text in _fields(message, "Authentication-Results"):
        who, _, rest = text.partition(";")
        for method, result, more in _RESULT.findall(f";{rest}"):
            yield Noted(canonical(who.split(" ")[0]), method.lower(), result.lower(), " ".join(more.split())[:200])


def spf_received(message: Arrived) -> tuple[str, ...]:
    """``spf`` where a server noted its result in a Received-SPF field (RFC 7208 §9.1)."""
    return ("spf",) if message_from_bytes(message.octets)["Received-SPF"] is not None else ()


def client(message: Arrived) -> str:
    """The address that the first server saw it come from, as its Received field says (RFC 5321 §4.4); may be empty."""
    first = next(reversed(_fields(message_from_bytes(message.octets), "Received")), "")
    found = _CLIENT.search(first)
    return found[1] if found else ""


def envelope_sender(message: Arrived) -> str:
    """The domain of the sender that the first receiver noted with its SPF result (smtp.mailfrom); empty if none did."""
    fields = (each for each in reversed(message.noted) if each.method == "spf")
    found = next((m for each in fields if (m := _MAIL_FROM.search(each.text))), None)
    return canonical(found[1].rpartition("@")[2]) if found else ""


def signatures(message: Arrived, texts: Texts) -> tuple[Signed, ...]:
    """Verify each DKIM signature. texts: the TXT record at a name, as the DNS has it; may raise what it likes."""
    fields = message_from_bytes(message.octets).get_all("DKIM-Signature", [])[:_MOST_SIGNATURES]
    return tuple(_signed(message.octets, index, str(field), texts) for index, field in enumerate(fields))


def _signed(octets: bytes, index: int, field: str, texts: Texts) -> Signed:
    tags = dict(re.findall(r"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)", field))
    domain, selector = (canonical("".join(tags.get(tag, "").split())) for tag in ("d", "s"))
    covers = tuple("".join(tags.get("h", "").split()).lower().split(":"))
    limit = "".join(tags.get("l", "").split())

    def lookup(name: bytes, **_: object) -> bytes:
        return texts(canonical(name.decode("ascii", "replace"))).encode("latin-1", "replace")

    if b"\\x" in octets:
        return Signed(domain, selector, None, "it holds octets that this record does not keep")
    try:
        good = dkim.DKIM(octets).verify(idx=index, dnsfunc=lookup)
    except dkim.DKIMException as error:
        return Signed(domain, selector, False, str(error))
    why = "" if good else "the signature does not match the message"
    return Signed(domain, selector, bool(good), why, covers, limit)
