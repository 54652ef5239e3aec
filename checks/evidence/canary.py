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
from datetime import UTC, datetime

from checks.evidence.dialogue import OWN_ADDRESS, Dialogue, Ended
from checks.evidence.end_of_data import end_of_data, goodbye
from checks.evidence.letter import Letter
from checks.evidence.mailbox import Refused, Sought, fetch
from checks.evidence.observe import NoObserver, NotConnected, Vantage
from checks.evidence.setting import Setting, setting
from checks.evidence.smtp import Reply, reply
from checks.evidence.transcript import Answer, Question

_PEOPLE = re.compile(r"(?P<sender>\S+) to (?P<recipient>\S+) within (?P<seconds>\d{1,6}) s")


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
    letter = Letter("plain", people["sender"], people["recipient"], secrets.token_hex(8))
    record: list[str] = []
    step = "submission"
    try:
        await _submit(setting(first), letter, vantage, record)
        step = "mailbox"
        sought = Sought(letter.recipient, letter.token, int(people["seconds"]))
        await fetch(setting(second), sought, vantage, record)
    except NoObserver as error:
        return Answer(f"no observer: {error}")
    except (NotConnected, Ended, Refused) as error:
        return Answer.of_lines(f"{step}: {error}", record)
    except TimeoutError:
        return Answer.of_lines(f"{step}: not at its end in time", record)
    return Answer.of_lines("arrived", record)


async def _submit(where: Setting, letter: Letter, vantage: Vantage, record: list[str]) -> None:
    async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
        dialogue = Dialogue(where, line, vantage.greeting_seconds, vantage.secrets)
        record += dialogue.record
        dialogue.record = record
        async with asyncio.timeout(vantage.dialogue_seconds):
            await dialogue.begin()
            greet = f"EHLO {OWN_ADDRESS}"
            for text in (greet,) if where.implicit else (greet, "STARTTLS", greet):
                await _accepted(dialogue, text)
            await _accepted(dialogue, f"AUTH PLAIN [login {letter.author}]")
            for text in (f"MAIL FROM:<{letter.author}>", f"RCPT TO:<{letter.recipient}>", "DATA"):
                await _accepted(dialogue, text)
        shown = f"[message {letter.token}]"
        _checked(await end_of_data(dialogue, letter.text(), shown), shown)
        record.append(f"* submitted {datetime.now(UTC).isoformat(timespec='seconds')}")
        await goodbye(dialogue)


async def _accepted(dialogue: Dialogue, text: str) -> None:
    _checked(reply(await dialogue.say(text)), text)


def _checked(said: Reply, shown: str) -> None:
    if not said.accepted:
        raise Refused(f"{shown} was answered with: {said}")
