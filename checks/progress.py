"""What a person sees while evidence is gathered: how many targets are done, which are slow, which hosts are dead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TextIO

# On a terminal one line is drawn anew; into a log, a line is written so seldom that it stays readable.
_EVERY, _EVERY_IN_LOG = 0.5, 30.0
# A target that takes longer than this is named.
_SLOW = 5.0
_MOST = 3


class Progress:
    """Draws on a terminal, and writes plain lines anywhere else. keep: told of each target that is done."""

    def __init__(self, out: TextIO, keep: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._keep = keep
        self._clock = clock
        self._live = out.isatty()
        self._began = clock()
        self._waiting: dict[str, float] = {}
        self._done = 0
        self.every = _EVERY if self._live else _EVERY_IN_LOG

    def begin(self, names: Iterable[str]) -> None:
        """These targets are being looked at from now on."""
        self._waiting |= dict.fromkeys(names, self._clock())

    def end(self, name: str, dead: str = "") -> None:
        """A target is done. dead: why it could not be reached, if it is a host that could not."""
        if self._waiting.pop(name, None) is not None:
            self._done += 1
        self._keep(name)
        if dead:
            self._write(f"{name}: not reached: {dead}")
        if self._live:
            self.tick()

    def tick(self) -> None:
        """Say how it stands."""
        now = self._clock()
        slow = [name for name, began in self._waiting.items() if now - began >= _SLOW]
        named = ", ".join(slow[:_MOST]) + (f" and {len(slow) - _MOST} more" if len(slow) > _MOST else "")
        line = f"gathering: {self._done} of {self._done + len(self._waiting)} targets, {now - self._began:.0f} s"
        line += f"; waiting for {named}" if slow else ""
        if self._live:
            self._out.write(f"\r\x1b[K{line[:118]}")
            self._out.flush()
        elif self._waiting:
            self._write(line)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _write(self, line: str) -> None:
        self._out.write(f"{chr(13)}\x1b[K{line}\n" if self._live else f"{line}\n")
        self._out.flush()
