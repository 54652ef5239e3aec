"""What a server offers at one point of a dialogue: STARTTLS, and ways to log in. SMTP, IMAP, POP3, ManageSieve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checks.evidence.smtp import ehlo, reply

_IMAP_CAPABILITY = re.compile(r"(?i)^(?:\* CAPABILITY |(?:\* OK|\S+ OK) \[CAPABILITY )([^\]]*)")
_SIEVE_LINE = re.compile(r'^"([^"]*)"(?: "([^"]*)")?')


@dataclass(frozen=True)
class Offer:
    """starttls: may TLS be started. logins: SASL mechanisms, and login commands (``LOGIN command``). words: all."""

    starttls: bool
    logins: tuple[str, ...]
    words: tuple[str, ...]


def smtp(lines: Sequence[str]) -> Offer | None:
    """From the reply to EHLO; None where it was refused."""
    found = ehlo(reply(lines))
    if found is None:
        return None
    return Offer("STARTTLS" in found, found.mechanisms, tuple(found.keywords))


def imap(lines: Sequence[str]) -> Offer | None:
    """From the reply to CAPABILITY, or a greeting that tells it. RFC 9051 §7.2.2: LOGINDISABLED forbids LOGIN."""
    words: list[str] = []
    for line in lines:
        if found := _IMAP_CAPABILITY.match(line):
            words += found[1].upper().split()
    if not words:
        return None
    logins = [word.removeprefix("AUTH=") for word in words if word.startswith("AUTH=")]
    command = [] if "LOGINDISABLED" in words else ["LOGIN command"]
    return Offer("STARTTLS" in words, (*logins, *command), tuple(words))


def pop3(lines: Sequence[str]) -> Offer | None:
    """From the reply to CAPA. RFC 2449 §6.3, §6.8: USER and SASL say how to log in."""
    if not lines or not lines[0].startswith("+OK"):
        return None
    rows = [line.upper().split() for line in lines[1:] if line != "." and line.split()]
    sasl = [word for row in rows if row[0] == "SASL" for word in row[1:]]
    command = ["USER command"] if any(row[0] == "USER" for row in rows) else []
    return Offer(any(row[0] == "STLS" for row in rows), (*sasl, *command), tuple(row[0] for row in rows))


def sieve(lines: Sequence[str]) -> Offer | None:
    """From ManageSieve's greeting, or the capabilities that follow its handshake (RFC 5804 §1.7)."""
    rows = [(found[1].upper(), (found[2] or "").upper()) for line in lines if (found := _SIEVE_LINE.match(line))]
    if not rows:
        return None
    sasl = [word for name, value in rows if name == "SASL" for word in value.split()]
    return Offer(any(name == "STARTTLS" for name, _ in rows), tuple(sasl), tuple(name for name, _ in rows))
