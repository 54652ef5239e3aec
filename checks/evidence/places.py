"""How many hosts may be connected at a time: in all, and through each bastion."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator

# Seconds after which a host that does not answer lends its place: waiting costs us nothing, and a tenth of a fleet may
# be dead.
PATIENCE = 2.0
# How many times the places may be lent, so that a fleet that is dead as a whole does not take every open file.
LENT = 2


def at_ease() -> bool:
    """Whether this machine has processors to spare: else whoever is slow may be so because of us."""
    return os.getloadavg()[0] <= 2 * (os.cpu_count() or 1)


class Places:
    """Places are given in the order in which they were asked for.

    most: places in all; through: places for each bastion (the empty name is none, and has no limit of its own).
    spare: told when somebody waits for a place (at a bastion, if one is named), so that one that nobody needs is left.
    """

    def __init__(
        self, most: int, through: int, spare: Callable[[str | None], None], patience: float = PATIENCE,
        at_ease: Callable[[], bool] = at_ease,
    ) -> None:  # fmt: skip
        self._most = most
        self._through = through
        self._spare = spare
        self._patience = patience
        self._at_ease = at_ease
        self._held: dict[str, str] = {}
        self._used: Counter[str] = Counter()
        self._lent: set[str] = set()
        self._waiting: dict[str, deque[tuple[str, asyncio.Future[None]]]] = defaultdict(deque)

    @property
    def held(self) -> dict[str, str]:
        """Who has a place, longest first, and through which bastion."""
        return self._held

    async def take(self, name: str, bastion: str) -> None:
        """Wait for a place."""
        given = asyncio.get_running_loop().create_future()
        self._waiting[bastion].append((name, given))
        self.look()
        try:
            await given
        except asyncio.CancelledError:
            self.give_back(name)
            raise

    def give_back(self, name: str) -> None:
        """The place is free again, and the next in turn has it."""
        if name in self._held:
            self._used[self._held.pop(name)] -= 1
            self._lent.discard(name)
            self.look()

    @contextlib.contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        """While a host makes us wait, it lends its place after a while. Its bastion's stays taken."""

        def lend() -> None:
            if name in self._held and self._at_ease():
                self._lent.add(name)
                self.look()

        late = asyncio.get_running_loop().call_later(self._patience, lend)
        try:
            yield
        finally:
            late.cancel()
            self._lent.discard(name)

    def look(self) -> None:
        """Give what places there are to those who wait."""
        while any(self._serve(bastion) for bastion in list(self._waiting)):
            pass

    def _serve(self, bastion: str) -> bool:
        queue = self._waiting[bastion]
        while queue and queue[0][1].cancelled():
            queue.popleft()
        if not queue:
            return False
        if full := self._full(bastion):
            self._spare(bastion if full == bastion else None)
            return False
        name, given = queue.popleft()
        self._held[name] = bastion
        self._used[bastion] += 1
        given.set_result(None)
        return True

    def _full(self, bastion: str) -> str:
        """Which limit stands in the way: the bastion's, or that of all; empty if there is a place."""
        if bastion and self._used[bastion] >= self._through:
            return bastion
        taken = len(self._held) - min(len(self._lent), LENT * self._most)
        return "all" if taken >= self._most else ""
