"""A test message of a stranger: handed to port 25 of an MX, looked for in its mailbox, its header read, and deleted.

    smtp 192.0.2.11:25 …            the MX (see evidence/setting.py)
    imap 192.0.2.14:993 …           where it is looked for
    plain from <> as postmaster@observer.example to alice@example.org within 120 s, greeting as observer.example

Besides ``plain`` there are ``spam``, ``virus`` and ``forged`` (see evidence/letter.py). A server that puts it off
is asked again, later and later, as long as the message may take. What was handed in and not answered may have been
taken, so it is looked for as well.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.dialogue import Dialogue, Ended
from checks.evidence.end_of_data import end_of_data, goodbye
from checks.evidence.letter import Letter
from checks.evidence.mailbox import Refused, Sought, fetch
from checks.evidence.observe import NoObserver, NotConnected, Vantage
from checks.evidence.setting import Setting, setting
from checks.evidence.smtp import Reply, ehlo, reply
from checks.evidence.transcript import Answer, Question

ARRIVED = "arrived"
_LINE = re.compile(
    r"(?P<kind>plain|spam|virus|forged) from <(?P<sender>\S*)> as (?P<author>\S+) to (?P<recipient>\S+)"
    r" within (?P<seconds>\d{1,6}) s, greeting as (?P<greeting>\[own address\]|\S+)(?:, claiming (?P<claimed>\S+))?"
)
# Seconds between two attempts: postscreen wants a second connection, greylisting a minute or five.
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0


class _PutOff(Refused):
    """A reply that begins with 4."""


@dataclass(frozen=True)
class Errand:
    """Who hands in what for whom. kind: of message; sender: of its envelope, empty for none; author: in From; greeting:
    as EHLO says it; seconds: for handing it in, and again for its arrival; claimed: servers whose results it forges."""

    kind: str
    sender: str
    author: str
    recipient: str
    seconds: int
    greeting: str
    claimed: tuple[str, ...] = ()

    def __str__(self) -> str:
        claims = f", claiming {','.join(self.claimed)}" if self.claimed else ""
        return (
            f"{self.kind} from <{self.sender}> as {self.author} to {self.recipient} within {self.seconds} s, "
            f"greeting as {self.greeting}{claims}"
        )


def errand(text: str) -> Errand:
    """The errand that the last line of a question names. Raises ValueError."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"not the last line of a stranger's message: {text!r}")
    return Errand(found["kind"], found["sender"], found["author"], found["recipient"], int(found["seconds"]),
                  found["greeting"], tuple(filter(None, (found["claimed"] or "").split(","))))  # fmt: skip


def question(target: str, sending: Setting, reading: Setting, asked: Errand) -> Question:
    """Hand in this message, and look for it."""
    return Question(target, "stranger", f"{sending}\n{reading}\n{asked}")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """outcome: ``arrived``, or how it ended: ``refused: …``, ``put off: …``, ``handing in: …``, ``mailbox: …``."""
    first, second, third = asked.text.split("\n")
    put = errand(third)
    letter = Letter(put.kind, put.author, put.recipient, secrets.token_hex(8), put.claimed)
    record: list[str] = []
    step = "handing in"
    try:
        await _hand_in(setting(first), put, letter, vantage, record)
        step = "mailbox"
        sought = Sought(put.recipient, letter.token, put.seconds, "HEADER")
        await fetch(setting(second), sought, vantage, record)
    except NoObserver as error:
        return Answer(f"no observer: {error}")
    except _PutOff as error:
        return Answer.of_lines(f"put off: {error}", record)
    except (NotConnected, Ended, Refused) as error:
        refused = isinstance(error, Refused) and step == "handing in"
        return Answer.of_lines(f"{'refused' if refused else step}: {error}", record)
    except TimeoutError:
        return Answer.of_lines(f"{step}: not at its end in time", record)
    return Answer.of_lines(ARRIVED, record)


def _pauses(seconds: float) -> Iterator[float]:
    """The pauses that fit into this time, each twice as long as the one before."""
    pause = _FIRST_PAUSE
    end = time.monotonic() + seconds
    while time.monotonic() + pause < end:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _hand_in(where: Setting, put: Errand, letter: Letter, vantage: Vantage, record: list[str]) -> None:
    pauses = _pauses(put.seconds)
    while True:
        try:
            return await _attempt(where, put, letter, vantage, record)
        except _PutOff:
            pause = next(pauses, 0.0)
            if not pause:
                raise
        record.append(f"* put off; tried again after {pause:g} s")
        await asyncio.sleep(pause)


async def _attempt(where: Setting, put: Errand, letter: Letter, vantage: Vantage, record: list[str]) -> None:
    """One dialogue, which says goodbye also where the server says no. Raises _PutOff, Refused, Ended, NotConnected."""
    async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
        dialogue = Dialogue(where, line, vantage.greeting_seconds)
        try:
            async with asyncio.timeout(vantage.dialogue_seconds):
                await _greet(dialogue, put.greeting)
                for text in (f"MAIL FROM:<{put.sender}>", f"RCPT TO:<{put.recipient}>", "DATA"):
                    await _accepted(dialogue, text)
            await _end(dialogue, letter)
        finally:
            await goodbye(dialogue)
            record += [each for each in dialogue.record if each.startswith(("C: ", "S: ", "* "))]


async def _greet(dialogue: Dialogue, name: str) -> None:
    """EHLO, and TLS where it is offered, as mail servers do."""
    await dialogue.begin()
    offered = ehlo(await _accepted(dialogue, f"EHLO {name}"))
    if offered and "STARTTLS" in offered and reply(await dialogue.say("STARTTLS")).accepted:
        await _accepted(dialogue, f"EHLO {name}")


async def _end(dialogue: Dialogue, letter: Letter) -> None:
    """A server that does not answer any more may have taken it: then that is all that is known."""
    shown = f"[message {letter.kind} {letter.token}]"
    try:
        said = await end_of_data(dialogue, letter.text(), shown)
    except Ended as error:
        dialogue.record.append(f"* no reply to the message: {error}")
    else:
        _checked(said, shown)


async def _accepted(dialogue: Dialogue, text: str) -> Reply:
    return _checked(reply(await dialogue.say(text)), text)


def _checked(found: Reply, shown: str) -> Reply:
    if not found.accepted:
        raise (_PutOff if found.deferred else Refused)(f"{shown} was answered with: {found}")
    return found
