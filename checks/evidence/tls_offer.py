"""Offers a mail port versions, suites and groups of TLS and notes what it chooses; no handshake is ever completed.

The question is a dialogue up to TLS, and then what is offered, or that everything is to be tried:

    smtp 192.0.2.25:25 from outside1 name=mx1.example.org
    EHLO observer.example.net
    STARTTLS
    offer TLSv1.2..TLSv1.2 outside users
"""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime

from checks.evidence import tls_scan
from checks.evidence.client_hello import Hello, written
from checks.evidence.dialogue import Dialogue, Ended
from checks.evidence.observe import Line, NoObserver, NotConnected, Vantage
from checks.evidence.server_hello import MOST_OCTETS, Alert, Choice, NotTls, read
from checks.evidence.setting import Setting, moment_line, setting
from checks.evidence.tls_profile import of_version, profiles, suites
from checks.evidence.transcript import Answer, Question

SCAN = "try everything"
DECLINED = "declined: "
CHOSE = "chose "
SCANNED = "tried everything"
# A server that hangs up without an alert has declined as well.
_HUNG_UP = Alert("closed without an alert")
_CLOSE_NOTIFY = bytes.fromhex("15030300020100")
_OFFER = re.compile(
    r"offer (?P<low>\S+)\.\.(?P<high>\S+) (?P<what>everything|outside (?P<profile>\S+)(?P<dhe> with DHE)?)"
)


def offer_line(low: str, high: str, outside: str = "", *, dhe: bool = False) -> str:
    """The question's last line: these versions, with every suite or with those that a profile does not allow."""
    return f"offer {low}..{high} {f'outside {outside}' if outside else 'everything'}{' with DHE' if dhe else ''}"


def hello(line: str, name: str) -> Hello:
    """What such a line offers. Raises ValueError."""
    match = _OFFER.fullmatch(line)
    if match is None or (match["profile"] and match["profile"] not in profiles()):
        raise ValueError(f"not an offer of TLS: {line!r}")
    fits = [(n, code) for n, code in suites().items() if of_version(n, match["high"])]
    if match["profile"]:
        profile = profiles()[match["profile"]]
        fits = [(n, code) for n, code in fits if not profile.allows_suite(n) or (match["dhe"] and "_DHE_" in n)]
    return Hello(match["low"], match["high"], tuple(code for _, code in fits), name=name)


class _Answered(Ended):
    """The server has answered the offer: what was to be known is known."""

    def __init__(self, answer: Choice | Alert) -> None:
        self.answer = answer
        super().__init__("answered")


class _Offering(Dialogue):
    """A dialogue that ends where TLS would begin."""

    def __init__(self, where: Setting, line: Line, seconds: float, offered: Hello) -> None:
        super().__init__(where, line, seconds)
        self._offered = offered

    async def start_tls(self, seconds: float) -> None:
        self.nothing_unread()
        self.writer.write(written(self._offered))
        try:
            answer = await asyncio.wait_for(self._answer(), seconds)
        except TimeoutError:
            raise Ended(f"TLS failed: silent for {seconds:g} s") from None
        except NotTls as error:
            raise Ended(f"TLS failed: {error}") from None
        self.writer.write(_CLOSE_NOTIFY)
        raise _Answered(answer)

    async def _answer(self) -> Choice | Alert:
        octets, found = b"", None
        while len(octets) < MOST_OCTETS and not (isinstance(found, Alert) or (found and found.whole)):
            try:
                piece = await self.reader.read(16384)
            except (ssl.SSLError, OSError):
                piece = b""
            if not piece:
                return found or _HUNG_UP
            octets += piece
            found = read(octets)
        if found is None:
            raise NotTls(f"no answer within {MOST_OCTETS} octets")
        return found


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """outcome: ``chose …``, ``declined: …``, ``tried everything``, or what kept us from asking."""
    first, *opening, last = asked.text.split("\n")
    where = setting(first)
    record: list[str] = []

    async def ask(offered: Hello) -> Choice | Alert:
        nonlocal record
        held, answer = await _offered(where, opening, offered, vantage)
        record = record or held
        return answer

    try:
        if last == SCAN:
            found = await tls_scan.scan(ask, where.name, vantage.tls_pause)
            moment = moment_line(datetime.now(UTC))
            return Answer.of_lines(SCANNED, [*record, *found, *([moment] if where.every else [])])
        return Answer.of_lines(_said(await ask(hello(last, where.name))), record)
    except (NotConnected, Ended) as error:
        return Answer.of_lines(str(error), record)
    except NoObserver as error:
        return Answer(f"no observer: {error}")


def _said(answer: Choice | Alert) -> str:
    if isinstance(answer, Alert):
        return f"{DECLINED}{answer.name}"
    return f"{CHOSE}{' '.join(filter(None, (answer.version, answer.suite, answer.group)))}"


async def _offered(
    where: Setting, opening: list[str], offered: Hello, vantage: Vantage
) -> tuple[list[str], Choice | Alert]:
    """One connection, with what was said on it. Raises NotConnected, NoObserver, Ended."""
    async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
        dialogue = _Offering(where, line, vantage.greeting_seconds, offered)
        try:
            async with asyncio.timeout(vantage.dialogue_seconds):
                await dialogue.hold(opening)
        except _Answered as answered:
            return dialogue.record, answered.answer
        except TimeoutError:
            raise Ended(f"not at its end after {vantage.dialogue_seconds:g} s") from None
        raise Ended(f"STARTTLS was not accepted: {dialogue.record[-1].removeprefix('S: ')}")


def taken(outcome: str) -> tuple[str, str, str] | None:
    """Version, suite and group that such an outcome says were chosen; None where the server declined.

    Raises ValueError where it was not asked.
    """
    if outcome.startswith(DECLINED):
        return None
    words = outcome.removeprefix(CHOSE).split(" ", 2)
    if not outcome.startswith(CHOSE) or len(words) < 2:
        raise ValueError(outcome)
    return words[0], words[1], words[2] if len(words) > 2 else ""
