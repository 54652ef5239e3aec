"""A dialogue with a mail server, as one would type it: connect, send lines, read replies, start TLS where asked.

The question's first line says where and how, the others are sent one by one:

    smtp 192.0.2.25:25 from outside1
    EHLO observer.example.net
    STARTTLS
    EHLO observer.example.net
    QUIT
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass

from checks.evidence import tls
from checks.evidence.observe import Line, NoObserver, NotConnected, Vantage
from checks.evidence.transcript import Answer, Question

_FIRST = re.compile(
    r"(?P<protocol>smtp|imap|pop3|sieve) (?P<address>\S+):(?P<port>\d+) from (?P<observer>\S+)"
    r"(?P<implicit> tls)?(?: versions=(?P<low>TLSv1\.\d)\.\.(?P<high>TLSv1\.\d))?(?: name=(?P<name>\S+))?"
)
_STARTTLS = re.compile(r"(?i)^(\S+ )?(STARTTLS|STLS)$")
_ACCEPTED = {"smtp": re.compile(r"220"), "imap": re.compile(r"\S+ OK"), "pop3": re.compile(r"\+OK"),
             "sieve": re.compile(r"OK")}  # fmt: skip
_LAST = {"smtp": re.compile(r"\d{3}( |$)"), "pop3": re.compile(r"(\+OK|-ERR)"), "sieve": re.compile(r"(OK|NO|BYE)")}
MOST_LINES = 200
MOST_OCTETS = 65536


@dataclass(frozen=True)
class Setting:
    """Where and how: the first line of the question, read."""

    protocol: str
    address: str
    port: int
    observer: str
    implicit: bool
    versions: tuple[str, str]
    name: str

    def __str__(self) -> str:
        mode = " tls" if self.implicit else ""
        versions = f" versions={self.versions[0]}..{self.versions[1]}" if self.versions != tls.ANY else ""
        return f"{self.protocol} {self.address}:{self.port} from {self.observer}{mode}{versions}" + (
            f" name={self.name}" if self.name else ""
        )


def question(target: str, setting: Setting, *lines: str) -> Question:
    """The question of this dialogue, kept in the transcript of the endpoint ``target``."""
    return Question(target, "dialogue", "\n".join((str(setting), *lines)))


def setting(text: str) -> Setting:
    """The setting that a question's first line names. Raises ValueError."""
    match = _FIRST.fullmatch(text)
    if match is None:
        raise ValueError(f"not the first line of a dialogue: {text!r}")
    versions = (match["low"], match["high"]) if match["low"] else tls.ANY
    return Setting(match["protocol"], match["address"].strip("[]"), int(match["port"]), match["observer"],
                   bool(match["implicit"]), versions, match["name"] or "")  # fmt: skip


class _Ended(Exception):
    """The server, or a limit of ours, ended the dialogue before its last line; the message is the outcome."""


class _Dialogue:
    """One dialogue under way, and the record of it."""

    def __init__(self, setting: Setting, line: Line, seconds: float) -> None:
        self.setting = setting
        self.reader, self.writer = line.reader, line.writer
        self.seconds = seconds
        self.record: list[str] = [f"* connected from {line.source}"] if line.source else []
        self.octets = 0

    async def hold(self, lines: list[str]) -> None:
        if self.setting.implicit:
            await self.start_tls()
        await self.reply("*")
        for line in lines:
            self.record.append(f"C: {line}")
            self.writer.write(line.encode("utf-8", "surrogateescape") + b"\r\n")
            last = await self.reply(line.split(" ", 1)[0])
            if _STARTTLS.match(line) and _ACCEPTED[self.setting.protocol].match(last):
                await self.start_tls()

    async def reply(self, tag: str) -> str:
        """Read one reply; its last line."""
        for _ in range(MOST_LINES):
            text = await self._line()
            self.record.append(f"S: {text}")
            last = _LAST.get(self.setting.protocol)
            if last.match(text) if last else (text.startswith(f"{tag} ") or tag == "*"):
                return text
        raise _Ended(f"endless reply: more than {MOST_LINES} lines")

    async def _line(self) -> str:
        try:
            raw = await asyncio.wait_for(self.reader.readuntil(b"\n"), self.seconds)
        except TimeoutError:
            raise _Ended(f"silent for {self.seconds:g} s") from None
        except asyncio.IncompleteReadError as error:
            if error.partial:
                self.record.append(f"S: {_shown(error.partial)}")
            raise _Ended("closed by the server") from None
        except asyncio.LimitOverrunError:
            raise _Ended("a line without end") from None
        except (ssl.SSLError, OSError) as error:
            raise _Ended(f"connection failed: {tls.reason(error)}") from None
        self.octets += len(raw)
        if self.octets > MOST_OCTETS:
            raise _Ended(f"endless reply: more than {MOST_OCTETS} octets")
        return _shown(raw.rstrip(b"\r\n"))

    async def start_tls(self) -> None:
        try:
            context = tls.context(*self.setting.versions)
            await asyncio.wait_for(
                self.writer.start_tls(context, server_hostname=self.setting.name or None), self.seconds
            )
        except TimeoutError:
            raise _Ended(f"TLS failed: silent for {self.seconds:g} s") from None
        except (ssl.SSLError, OSError) as error:
            raise _Ended(f"TLS failed: {tls.reason(error)}") from None
        self.record += tls.describe(self.writer.get_extra_info("ssl_object"))


def _shown(octets: bytes) -> str:
    return octets.decode("utf-8", "backslashreplace")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """Hold the dialogue. outcome: ``ended`` if every line had its reply, else what stopped it."""
    first, *lines = asked.text.split("\n")
    where = setting(first)
    record: list[str] = []
    try:
        async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
            dialogue = _Dialogue(where, line, vantage.greeting_seconds)
            record = dialogue.record
            await dialogue.hold(lines)
            outcome = "ended"
    except (NotConnected, _Ended) as error:
        outcome = str(error)
    except NoObserver as error:
        outcome = f"no observer: {error}"
    return Answer(outcome, "".join(f"{line}\n" for line in record).encode("utf-8", "surrogateescape"))
