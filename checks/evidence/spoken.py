"""What was said in a dialogue with a mail server, read back from its record: greeting, replies, TLS handshake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.networks import network

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True)
class Said:
    """One line that was sent (empty: nothing yet, so the reply is the greeting), and the lines of its reply."""

    command: str
    reply: tuple[str, ...]
    in_tls: bool


@dataclass(frozen=True)
class Handshake:
    """A TLS session: its version (``TLSv1.3``), cipher suite (OpenSSL's name), bits, and the chain as sent (PEM)."""

    version: str
    suite: str
    bits: int
    chain: tuple[str, ...]


@dataclass(frozen=True)
class Conversation:
    """A whole dialogue. source: the address the server saw; outcome: ``ended``, or what stopped it."""

    source: str
    said: tuple[Said, ...]
    tls: Handshake | None
    outcome: str
    lines: tuple[str, ...] = ()

    @property
    def greeting(self) -> tuple[str, ...]:
        """The lines of the greeting; empty if none came."""
        return self.said[0].reply if self.said else ()

    def replies(self, command: str, in_tls: bool | None = None) -> tuple[tuple[str, ...], ...]:
        """The replies to every line that is or begins with this command, in the clear or inside TLS."""
        wanted = command.upper()
        return tuple(
            each.reply
            for each in self.said
            if each.reply
            and (each.command.upper() == wanted or each.command.upper().startswith((wanted + " ", wanted + ":")))
            and in_tls in (None, each.in_tls)
        )

    def reply(self, command: str, in_tls: bool | None = None) -> tuple[str, ...]:
        """The first of these replies; empty if the dialogue did not come so far."""
        return next(iter(self.replies(command, in_tls)), ())


def conversation(record: str, outcome: str) -> Conversation:
    """The dialogue of this record (evidence/dialogue.py writes it: C: sent, S: received, * remarks, certificates)."""
    lines = tuple(record.split("\n"))
    told = (line.removeprefix("* connected from ") for line in lines if line.startswith("* connected from "))
    source = next((each for each in told if network(each) is not None), "")
    said = tuple(_said(lines))
    return Conversation(source, said, _handshake(lines), outcome, tuple(_shown(lines)))


def _said(lines: tuple[str, ...]) -> Iterator[Said]:
    command, reply, in_tls = "", list[str](), False
    for line in lines:
        if line.startswith("S: "):
            reply.append(line[3:])
        elif line.startswith(("C: ", "* TLS ")):
            if command or reply:
                yield Said(command, tuple(reply), in_tls)
            command, reply = (line[3:] if line.startswith("C: ") else ""), []
            in_tls = in_tls or line.startswith("* TLS ")
    if command or reply:
        yield Said(command, tuple(reply), in_tls)


def _handshake(lines: tuple[str, ...]) -> Handshake | None:
    first = next((line for line in lines if line.startswith("* TLS ")), "")
    words = first.split()
    if len(words) != 5 or not words[4].isdecimal():
        return None
    return Handshake(words[2], words[3], int(words[4]), tuple(_certificates(lines)))


def _certificates(lines: tuple[str, ...]) -> Iterator[str]:
    inside: list[str] = []
    for line in lines:
        if line == _BEGIN or inside:
            inside.append(line)
        if line == _END and inside:
            yield "\n".join(inside) + "\n"
            inside = []


def _shown(lines: tuple[str, ...]) -> Iterator[str]:
    """The record without its certificates: what a person wants to see of it."""
    hidden = False
    for line in lines:
        hidden = hidden or line == _BEGIN
        if line and not hidden:
            yield line
        if line == _END:
            hidden = False
