"""The end of a message that is handed in, for which a server may take minutes, and of the dialogue."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from checks.evidence.dialogue import Dialogue, Ended
from checks.evidence.smtp import Reply, reply

# RFC 5321 §4.5.3.2.6 gives servers ten minutes after the final dot; two are enough for filters, and others wait to ask.
SECONDS = 120.0
_GOODBYE_SECONDS = 5.0


async def end_of_data(dialogue: Dialogue, text: str, shown: str) -> Reply:
    """Send a message, its final dot included, and wait for the reply. Raises Ended where none comes in time."""
    usual, dialogue.seconds = dialogue.seconds, SECONDS
    try:
        async with _at_most(SECONDS):
            return reply(await dialogue.say(text, shown))
    finally:
        dialogue.seconds = usual


async def goodbye(dialogue: Dialogue) -> None:
    """QUIT; whatever the server makes of it changes nothing any more."""
    with contextlib.suppress(Ended, OSError):
        async with _at_most(_GOODBYE_SECONDS):
            await dialogue.say("QUIT")


@contextlib.asynccontextmanager
async def _at_most(seconds: float) -> AsyncIterator[None]:
    """A limit for the whole reply: one for each of its lines does not end where they trickle."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Ended(f"no whole reply for {seconds:g} s") from None
