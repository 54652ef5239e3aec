"""The mailbox of test messages, over IMAP: one of them is looked for, read and deleted (RFC 9051).

What came too late for earlier audits is deleted as well: every message of ours names ``.mailassay@`` in its Message-ID.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from checks.evidence.arrived import MARK
from checks.evidence.dialogue import MOST_OCTETS, Dialogue
from checks.evidence.observe import Vantage
from checks.evidence.setting import Setting

NOT_THERE = "not there after"
# Seconds between two looks: the first ones soon, since most mail is there at once.
_PAUSES = (1.0, 2.0, 4.0)
_LONGEST_PAUSE = 5.0
# Folders besides the inbox where a filter may have put it, and which one the server itself calls its junk folder.
_INBOX, *_FOLDERS = ('"INBOX"', '"Junk"', '"Spam"', '"INBOX.Junk"', '"INBOX.Spam"')
_LISTED = re.compile(r'\* LIST \(([^)]*)\) (?:"[^"]*"|NIL) ("(?:[^"\\]|\\.)*"|[^\s"{(]+)', re.IGNORECASE)
# Octets of the message that are read: what else the server says must fit into a dialogue, too.
_MOST_READ = MOST_OCTETS - 4096
# A command line holds 8192 octets (RFC 7162 §4).
_MOST_DELETED = 200
# Others may have messages under way; what arrived before yesterday is nobody's.
_LEFT_BEHIND = timedelta(days=1)


class Refused(Exception):
    """A server said no; the message is the outcome."""


@dataclass(frozen=True)
class Sought:
    """A message. recipient: whose mailbox; token: what its subject holds; seconds: how long it is looked for.

    part: of it that is read (RFC 9051 §6.4.5), empty for all; since: when it was handed in (time.monotonic).
    """

    recipient: str
    token: str
    seconds: int
    part: str = ""
    since: float = field(default_factory=time.monotonic)

    @property
    def passed(self) -> float:
        """Seconds since it was handed in."""
        return time.monotonic() - self.since


async def fetch(where: Setting, sought: Sought, vantage: Vantage, record: list[str]) -> None:
    """Look for the message until its time is up, read it and delete it. Raises Refused, Ended, NotConnected."""
    async with vantage.line(where.observer, where.address, where.port, vantage.connect_seconds) as line:
        dialogue = Dialogue(where, line, vantage.greeting_seconds, vantage.secrets)
        async with asyncio.timeout(sought.seconds + vantage.dialogue_seconds):
            await dialogue.begin()
            await _completed(dialogue, f"a LOGIN [login {sought.recipient}]")
            record += [each for each in dialogue.record if each.startswith(("C: ", "S: "))][:4]
            numbers, folder = await _found(dialogue, sought)
            if not numbers:
                await _delete_left_behind(dialogue, record)
                raise Refused(f"{NOT_THERE} {sought.seconds} s")
            record.append(f"* found {len(numbers)} in {folder} after {sought.passed:.0f} s")
            try:
                message = await _read(dialogue, numbers[0], sought.part)
            finally:
                await _delete(dialogue, [*numbers, *await _left_behind(dialogue)], record)
            record += [MARK, *message]
            await dialogue.say("z LOGOUT")


async def _found(dialogue: Dialogue, sought: Sought) -> tuple[list[str], str]:
    """The message's numbers, and the folder that it is in; looked for until the time is up, elsewhere at the end."""
    criteria = f'HEADER Subject "{sought.token}"'
    pauses = iter(_PAUSES)
    await _selected(dialogue, _INBOX)
    while not (numbers := await _numbers(dialogue, criteria)) and sought.passed <= sought.seconds:
        dialogue.octets = 0  # every look is short; together they may be more than one dialogue may say
        left = max(0.1, sought.seconds - sought.passed + 0.1)
        await asyncio.sleep(min(next(pauses, _LONGEST_PAUSE), left))
        await dialogue.say("n NOOP")  # RFC 9051 §6.1.2: then the server tells of new messages
    if numbers:
        return numbers, _INBOX.strip('"')
    for folder in dict.fromkeys([*_FOLDERS, *await _junk(dialogue)]):
        dialogue.octets = 0
        if await _selected(dialogue, folder) and (numbers := await _numbers(dialogue, criteria)):
            return numbers, folder.strip('"')
    return [], ""


async def _selected(dialogue: Dialogue, folder: str) -> bool:
    return (await dialogue.say(f"b SELECT {folder}"))[-1].upper().startswith("B OK")


async def _junk(dialogue: Dialogue) -> list[str]:
    """The folder that the server says is for junk (RFC 6154 §2), as it spells it; none where it does not say."""
    said = await dialogue.say('d LIST (SPECIAL-USE) "" "*"')
    listed = (found for line in said if (found := _LISTED.fullmatch(line)))
    return [each[2] for each in listed if "\\junk" in each[1].lower().split()][:1]


async def _numbers(dialogue: Dialogue, criteria: str) -> list[str]:
    said = await dialogue.say(f"c UID SEARCH {criteria}")
    return [n for line in said if line.upper().startswith("* SEARCH") for n in re.findall(r"\b\d+\b", line)]


async def _left_behind(dialogue: Dialogue) -> list[str]:
    """Test messages of earlier days in the same folder, which arrived when nobody waited for them any more."""
    day = (datetime.now(UTC) - _LEFT_BEHIND).strftime("%d-%b-%Y")
    return await _numbers(dialogue, f'HEADER Message-ID ".mailassay@" BEFORE {day}')


async def _delete_left_behind(dialogue: Dialogue, record: list[str]) -> None:
    """Where today's message is not there, those of earlier days may have come too late as well, day after day."""
    if await _selected(dialogue, _INBOX) and (left := await _left_behind(dialogue)):
        await _delete(dialogue, left, record)


async def _completed(dialogue: Dialogue, text: str) -> list[str]:
    said = await dialogue.say(text)
    if not re.match(r"\S+ OK", said[-1], re.IGNORECASE):
        raise Refused(f"{text} was answered with: {said[-1]}")
    return said


async def _read(dialogue: Dialogue, number: str, part: str) -> list[str]:
    """The lines of the message: what stands between the literal's announcement and its end."""
    dialogue.octets, dialogue.most_lines = 0, MOST_OCTETS  # a header may have more lines than any other reply
    said = await _completed(dialogue, f"fetch1 UID FETCH {number} BODY.PEEK[{part}]<0.{_MOST_READ}>")
    begin = next((n for n, line in enumerate(said) if re.search(r"\{\d+\}$", line)), -1)
    return said[begin + 1 : -2] if begin >= 0 else []


async def _delete(dialogue: Dialogue, numbers: Sequence[str], record: list[str]) -> None:
    numbers = numbers[:_MOST_DELETED]
    listed = ",".join(numbers)
    dialogue.octets = 0
    try:
        await _completed(dialogue, f"e UID STORE {listed} +FLAGS.SILENT (\\Deleted)")
        said = await dialogue.say(f"f UID EXPUNGE {listed}")
        if not said[-1].upper().startswith("F OK"):  # without UIDPLUS (RFC 4315)
            await _expunge_all(dialogue, numbers)
    except Refused as error:
        record.append(f"* not deleted: {error}")


async def _expunge_all(dialogue: Dialogue, numbers: Sequence[str]) -> None:
    """EXPUNGE removes all that is marked as deleted: not where the user has marked something. Raises Refused."""
    if others := set(await _numbers(dialogue, "DELETED")) - set(numbers):
        raise Refused(f"marked only: the server lacks UIDPLUS, and {len(others)} other messages are marked as deleted")
    await _completed(dialogue, "g EXPUNGE")
