"""How many questions a second go out: a resolver, and the name servers behind it, have other clients as well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# Questions that may go out at once before the pace begins to count: a small site never notices it.
BURST = 1000


class Pace:
    """per_second: questions, at most; 0 or False: as many as come."""

    def __init__(self, per_second: int, burst: int = BURST, clock: Callable[[], float] = time.monotonic) -> None:
        self._apart = 1 / per_second if per_second else 0.0
        self._ahead = self._apart * burst
        self._clock = clock
        self._next = float("-inf")
        self._in_turn = asyncio.Lock()

    async def turn(self) -> None:
        """Returns when the next question may go out."""
        if not self._apart:
            return
        async with self._in_turn:  # and not all at once after the loop was held up
            now = self._clock()
            self._next = max(self._next, now - self._ahead)
            if self._next > now:
                await asyncio.sleep(self._next - now)
            self._next += self._apart
