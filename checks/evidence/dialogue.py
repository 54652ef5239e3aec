"""A dialogue with a mail server, as one would type it: connect, send lines, read replies, start TLS where asked.

The question's first line says where and how, the others are sent one by one:

    smtp 192.0.2.25:25 from outside1
    EHLO observer.example.net
    STARTTLS
    EHLO observer.example.net
    QUIT

``[end of data LF.LF]`` ends a message in a way that must not end it, and the reply that should not come is awaited for
a few seconds only. ``[login alice@example.org]`` stands for a name and its password in what is sent, and for itself in
the record; it is sent only inside TLS whose certificate was verified.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from checks.connection import Secret
from checks.evidence import login, tls
from checks.evidence.observe import Line, NoObserver, NotConnected, Vantage
from checks.evidence.reply_end import NotAReply, is_last
from checks.evidence.setting import Setting, moment_line, setting
from checks.evidence.transcript import Answer, Question

_STARTTLS = re.compile(r"(?i)^(\S+ )?(STARTTLS|STLS)$")
_ACCEPTED = {"smtp": re.compile(r"220"), "imap": re.compile(r"\S+ OK"), "pop3": re.compile(r"\+OK"),
             "sieve": re.compile(r"OK")}  # fmt: skip
_FALSE_END = re.compile(r"\[end of data ((?:CR|LF|NUL|\.)+)\]")
_FALSE_END_SECONDS = 5.0
MOST_LINES = 200
MOST_OCTETS = 65536

# An observer without a name says EHLO with its address instead (RFC 5321 §4.1.3); it is known once connected.
OWN_ADDRESS = "[own address]"
# What stands on both sides of this is sent at once.
PIPELINED = "\\r\\n"
# What OpenSSL makes of a server that greets in the clear where TLS is expected.
_PLAIN_TEXT = ("wrong version number", "packet length too long", "record layer failure", "http request")
AT_ONCE = "speaks TLS at once"
WITHOUT_TLS = "speaks without TLS"
# Seconds for the handshake with a server that waits for one where it should greet.
_AT_ONCE_SECONDS = 5.0


class Ended(Exception):
    """The server, or a limit of ours, ended the dialogue before its last line; the message is the outcome."""


_ALERT = b"\x15\x03"  # RFC 8446 §5.1: the content type, and the first octet of the version


class Dialogue:
    """One dialogue under way, and the record of it. secrets: passwords by login name."""

    def __init__(
        self, setting: Setting, line: Line, seconds: float, secrets: Mapping[str, Secret] | None = None
    ) -> None:
        self.secrets = secrets or {}
        self.setting = setting
        self.line = line
        self.reader, self.writer = line.reader, line.writer
        self.seconds = seconds
        self.record = [f"* connected from {line.source}" if line.source else "* connected"]
        self.octets, self.most_lines = 0, MOST_LINES

    async def hold(self, lines: list[str]) -> None:
        await self.begin()
        for text in lines:
            await self.say(text)

    async def begin(self) -> None:
        """The handshake, where the port begins with one, and the greeting."""
        if self.setting.implicit:
            if self.heard() and not self.heard().startswith(_ALERT):
                await self.reply("")
                raise Ended(WITHOUT_TLS)
            await self.start_tls(self.seconds)
        await self.greeting()

    async def say(self, text: str, shown: str = "") -> list[str]:
        """Send a line, and read the lines of its reply. shown: what stands for it in the record."""
        line = text.replace(OWN_ADDRESS, _literal(self.line.source))
        wire = self._wire(line)
        self.record.append(f"C: {shown or line}")
        before = len(self.record)
        ending = _false_end(line)
        self.writer.write(ending or wire.replace(PIPELINED, "\r\n").encode("utf-8", "surrogateescape") + b"\r\n")
        line = line.partition(PIPELINED)[0]
        last = await (self._unwanted_reply(line) if ending else self.reply(line))
        said = [each[3:] for each in self.record[before:]]
        if _STARTTLS.match(line) and _ACCEPTED[self.setting.protocol].match(last):
            await self.start_tls(self.seconds)
            if self.setting.protocol == "sieve":  # RFC 5804 §2.2: capabilities follow unasked
                await self.reply("")
        return said

    async def _unwanted_reply(self, line: str) -> str:
        """The reply that should not come. Raises Ended, as it should."""
        try:
            return await asyncio.wait_for(self.reply(line), _FALSE_END_SECONDS)
        except TimeoutError:
            raise Ended(f"no reply for {_FALSE_END_SECONDS:g} s, as it should be") from None

    def _wire(self, line: str) -> str:
        """The line as it is sent: with the secrets that it names."""
        try:
            filled = login.filled(line, self.setting.protocol, self.secrets)
        except login.NoSecret as error:
            raise Ended(str(error)) from None
        secret = filled != line and not login.is_wrong(line)
        if secret and not (self.setting.trust and self.writer.get_extra_info("ssl_object")):
            raise Ended("no password is sent where TLS is not verified")
        return filled

    async def greeting(self) -> None:
        try:
            await self.reply("")
        except _Silent:
            if not self.setting.implicit:
                await self._try_tls()
            raise

    async def _try_tls(self) -> None:
        """A server that waits for a client to speak first may be waiting for a TLS handshake."""
        try:
            await self.start_tls(min(self.seconds, _AT_ONCE_SECONDS))
        except Ended:
            return
        raise Ended(AT_ONCE)

    async def reply(self, command: str) -> str:
        """Read one reply; its last line."""
        for _ in range(self.most_lines):
            text = await self._line()
            self.record.append(f"S: {text}")
            try:
                if is_last(self.setting.protocol, command, text):
                    return text
            except NotAReply:
                raise Ended(f"does not speak {self.setting.protocol.upper()}") from None
        raise Ended(f"endless reply: more than {self.most_lines} lines")

    async def _line(self) -> str:
        try:
            raw = await asyncio.wait_for(self.reader.readuntil(b"\n"), self.seconds)
        except TimeoutError:
            raise _Silent(f"silent for {self.seconds:g} s") from None
        except asyncio.IncompleteReadError as error:
            if error.partial:
                self.record.append(f"S: {_shown(error.partial[:MOST_OCTETS])}")
            raise Ended("closed by the server") from None
        except asyncio.LimitOverrunError:
            raise Ended("a line without end") from None
        except (ssl.SSLError, OSError) as error:
            raise Ended(f"connection failed: {tls.reason(error)}") from None
        self.octets += len(raw)
        if self.octets > MOST_OCTETS:
            raise Ended(f"endless reply: more than {MOST_OCTETS} octets")
        return _shown(raw.rstrip(b"\r\n"))

    def heard(self) -> bytes:
        """What the server said and nobody has read yet."""
        return bytes(getattr(self.reader, "_buffer", b""))

    def nothing_unread(self) -> None:
        """What the server said before the handshake would be taken for something said under TLS. Raises Ended."""
        if self.heard().startswith(_ALERT):
            raise Ended("TLS failed: the server gave it up before the handshake, with an alert")
        if self.heard():
            raise Ended("TLS failed: the server sent more than its reply before the handshake")

    async def start_tls(self, seconds: float) -> None:
        self.nothing_unread()
        try:
            trust = self.setting.trust
            context = tls.verifying(trust) if trust else tls.context(*self.setting.versions)
            await asyncio.wait_for(self.writer.start_tls(context, server_hostname=self.setting.name or None), seconds)
        except TimeoutError:
            raise Ended(f"TLS failed: silent for {seconds:g} s") from None
        except (ssl.SSLError, OSError) as error:
            raise Ended(f"TLS failed: {tls.reason(error)}") from None
        self.record += tls.describe(self.writer.get_extra_info("ssl_object"))


def _false_end(line: str) -> bytes:
    """The octets of ``[end of data LF.CRLF]``, after a line of text; empty for any other line."""
    found = _FALSE_END.fullmatch(line)
    if not found:
        return b""
    words = found[1].replace("CR", "\r").replace("LF", "\n").replace("NUL", "\0")
    return b"A test of mailassay; nobody needs to do anything." + words.encode()


class _Silent(Ended):
    """The server said nothing within the time limit."""


def _shown(octets: bytes) -> str:
    """What the server said, as one line of text: whatever is not printable stands as ``\\xNN``."""
    text = octets.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c == "\t" else "".join(f"\\x{o:02x}" for o in c.encode()) for c in text)


def _literal(source: str) -> str:
    """An address as EHLO takes it (RFC 5321 §4.1.3)."""
    if not source:
        return "[127.0.0.1]"
    return f"[IPv6:{source}]" if ipaddress.ip_address(source).version == 6 else f"[{source}]"


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """Hold the dialogue. outcome: ``ended`` if every line had its reply, else what stopped it."""
    first, *lines = asked.text.split("\n")
    where = setting(first)
    answer = await _held(where, lines, vantage)
    if where.every:
        answer = replace(answer, out=answer.out + f"{moment_line(datetime.now(UTC))}\n".encode())
    reason = answer.outcome.removeprefix("TLS failed: ")
    if where.implicit and reason in _PLAIN_TEXT:
        plain = await _held(replace(where, implicit=False), lines[-1:], vantage)
        if b"\nS: " in plain.out:
            return replace(plain, outcome=WITHOUT_TLS)
    return answer


async def _held(where: Setting, lines: list[str], vantage: Vantage) -> Answer:
    record: list[str] = []
    try:
        async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
            dialogue = Dialogue(where, line, vantage.greeting_seconds, vantage.secrets)
            record = dialogue.record
            async with asyncio.timeout(vantage.dialogue_seconds):
                await dialogue.hold(lines)
            outcome = "ended"
    except (NotConnected, Ended) as error:
        outcome = str(error)
    except TimeoutError:
        outcome = f"not at its end after {vantage.dialogue_seconds:g} s"
    except NoObserver as error:
        outcome = f"no observer: {error}"
    return Answer.of_lines(outcome, record)
