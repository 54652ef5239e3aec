"""A test message from end to end: handed to a submission server, looked for in its mailbox, read and deleted.

    submission 192.0.2.13:587 …     how it is sent (see evidence/setting.py)
    imaps 192.0.2.14:993 …          where it is looked for
    alice@example.org to bob@example.org within 120 s

The record holds both dialogues, what became of the message, and the message itself as it arrived.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from checks.evidence.dialogue import OWN_ADDRESS, Dialogue, Ended
from checks.evidence.observe import NoObserver, NotConnected, Vantage
from checks.evidence.setting import Setting, setting
from checks.evidence.smtp import reply
from checks.evidence.transcript import Answer, Question

MESSAGE = "* message"
_PEOPLE = re.compile(r"(?P<sender>\S+) to (?P<recipient>\S+) within (?P<seconds>\d{1,6}) s")
_PAUSE = 1.0
# Folders besides the inbox where a filter may have put it.
_FOLDERS = ("INBOX", "Junk", "Spam", "INBOX.Junk", "INBOX.Spam")
_BODY = "A test message of mailassay, which deletes it again. Nobody needs to do anything."


class _Refused(Exception):
    """A server said no; the message is the outcome."""


@dataclass(frozen=True)
class _Errand:
    """Who sends what to whom. token: tells this message from all others."""

    sender: str
    recipient: str
    seconds: int
    token: str

    def message(self) -> str:
        domain = self.sender.rpartition("@")[2]
        return "\r\n".join(
            (
                f"From: <{self.sender}>",
                f"To: <{self.recipient}>",
                f"Subject: mailassay canary {self.token}",
                f"Date: {format_datetime(datetime.now(UTC))}",
                f"Message-ID: <{self.token}.mailassay@{domain}>",
                "Auto-Submitted: auto-generated",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=us-ascii",
                "",
                _BODY,
                ".",
            )
        )


def question(target: str, sending: Setting, reading: Setting, sender: str, recipient: str, seconds: int) -> Question:
    """Send a test message, and look for it."""
    people = f"{sender} to {recipient} within {seconds} s"
    return Question(target, "canary", f"{sending}\n{reading}\n{people}")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """outcome: ``arrived``, or at which step it ended and why."""
    first, second, third = asked.text.split("\n")
    people = _PEOPLE.fullmatch(third)
    if people is None:
        raise ValueError(f"not the last line of a canary: {third!r}")
    errand = _Errand(people["sender"], people["recipient"], int(people["seconds"]), secrets.token_hex(8))
    record: list[str] = []
    step = "submission"
    try:
        await _submit(setting(first), errand, vantage, record)
        step = "mailbox"
        await _fetch(setting(second), errand, vantage, record)
    except NoObserver as error:
        return Answer(f"no observer: {error}")
    except (NotConnected, Ended, _Refused) as error:
        return _answer(f"{step}: {error}", record)
    except TimeoutError:
        return _answer(f"{step}: not at its end in time", record)
    return _answer("arrived", record)


def _answer(outcome: str, record: Sequence[str]) -> Answer:
    return Answer(outcome, "".join(f"{line}\n" for line in record).encode("utf-8", "surrogateescape"))


async def _submit(where: Setting, errand: _Errand, vantage: Vantage, record: list[str]) -> None:
    async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
        dialogue = Dialogue(where, line, vantage.greeting_seconds, vantage.secrets)
        dialogue.record = record
        async with asyncio.timeout(vantage.dialogue_seconds):
            await dialogue.begin()
            greet = f"EHLO {OWN_ADDRESS}"
            for text in (greet,) if where.implicit else (greet, "STARTTLS", greet):
                await _accepted(dialogue, text)
            await _accepted(dialogue, f"AUTH PLAIN [login {errand.sender}]")
            for text in (f"MAIL FROM:<{errand.sender}>", f"RCPT TO:<{errand.recipient}>", "DATA"):
                await _accepted(dialogue, text)
            await _accepted(dialogue, errand.message(), f"[message {errand.token}]")
            record.append(f"* submitted {datetime.now(UTC).isoformat(timespec='seconds')}")
            await dialogue.say("QUIT")


async def _accepted(dialogue: Dialogue, text: str, shown: str = "") -> None:
    said = reply(await dialogue.say(text, shown))
    if not said.accepted:
        raise _Refused(f"{shown or text} was answered with: {said}")


async def _fetch(where: Setting, errand: _Errand, vantage: Vantage, record: list[str]) -> None:
    started = time.monotonic()
    async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
        dialogue = Dialogue(where, line, vantage.greeting_seconds, vantage.secrets)
        async with asyncio.timeout(errand.seconds + vantage.dialogue_seconds):
            await dialogue.begin()
            await _completed(dialogue, f"a LOGIN [login {errand.recipient}]")
            record += [each for each in dialogue.record if each.startswith(("C: ", "S: "))][:4]
            numbers, folder = await _found(dialogue, errand, started)
            if not numbers:
                raise _Refused(f"not there after {errand.seconds} s")
            record.append(f"* found {len(numbers)} in {folder} after {time.monotonic() - started:.0f} s")
            message = await _read(dialogue, numbers[0])
            await _delete(dialogue, numbers, record)
            record += [MESSAGE, *message]
            await dialogue.say("z LOGOUT")


async def _found(dialogue: Dialogue, errand: _Errand, started: float) -> tuple[list[str], str]:
    """The message's numbers, and the folder that it is in; looked for until the time is up, elsewhere at the end."""
    while True:
        over = time.monotonic() - started > errand.seconds
        for folder in _FOLDERS if over else _FOLDERS[:1]:
            if (await dialogue.say(f'b SELECT "{folder}"'))[-1].upper().startswith("B OK"):
                said = await dialogue.say(f'c UID SEARCH HEADER Subject "{errand.token}"')
                numbers = [
                    n for line in said if line.upper().startswith("* SEARCH") for n in re.findall(r"\b\d+\b", line)
                ]
                if numbers:
                    return numbers, folder
        dialogue.octets = 0  # every look is short; together they may be more than one dialogue may say
        if over:
            return [], ""
        await asyncio.sleep(_PAUSE)


async def _completed(dialogue: Dialogue, text: str) -> list[str]:
    said = await dialogue.say(text)
    if not re.match(r"\S+ OK", said[-1], re.IGNORECASE):
        raise _Refused(f"{text} was answered with: {said[-1]}")
    return said


async def _read(dialogue: Dialogue, number: str) -> list[str]:
    """The lines of the message: what stands between the literal's announcement and its end."""
    said = await _completed(dialogue, f"fetch1 UID FETCH {number} BODY.PEEK[]")
    begin = next((n for n, line in enumerate(said) if re.search(r"\{\d+\}$", line)), -1)
    return said[begin + 1 : -2] if begin >= 0 else []


async def _delete(dialogue: Dialogue, numbers: Sequence[str], record: list[str]) -> None:
    listed = ",".join(numbers)
    try:
        await _completed(dialogue, f"e UID STORE {listed} +FLAGS.SILENT (\\Deleted)")
        said = await dialogue.say(f"f UID EXPUNGE {listed}")
        if not said[-1].upper().startswith("F OK"):  # without UIDPLUS (RFC 4315)
            await _completed(dialogue, "g EXPUNGE")
    except _Refused as error:
        record.append(f"* not deleted: {error}")
