"""A host's state (mailassay_state): what is wrong with a host being built or retired is shown, and gates nothing.

mailassay_state: live                                         # the default
mailassay_state: "maintenance until 2026-12-01: new disks"    # the day included, UTC; then it counts again
mailassay_state: "building until 2026-12-15"
mailassay_state: "retired: replaced by mx7"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

STATES = ("live", "building", "maintenance", "retired")
_FORM = re.compile(r"(?P<word>\S+?)(?:\s+until\s+(?P<until>[^\s:]+))?\s*(?::\s*(?P<reason>.*))?", re.DOTALL)


class BadState(ValueError):
    """mailassay_state cannot be read; the message says what it may be."""


@dataclass(frozen=True)
class State:
    """word: one of STATES. until: last day on which it excuses, or None for retired and live hosts."""

    word: str
    until: date | None = None
    reason: str = ""

    @property
    def live(self) -> bool:
        return self.word == "live"

    def over(self, today: date) -> bool:
        """The day is past, and the host counts again."""
        return self.until is not None and today > self.until

    def phrase(self) -> str:
        until = f" until {self.until}" if self.until else ""
        return f"{self.word}{until}{': ' + self.reason if self.reason else ''}"


LIVE = State("live")


def read_state(text: str) -> State:
    """The state that mailassay_state names. Raises BadState."""
    match = _FORM.fullmatch(text.strip())
    word = match["word"] if match else text
    if match is None or word not in STATES:
        close = get_close_matches(word, STATES, n=1, cutoff=0.4)
        raise BadState(f"there is no state {word!r}; {f'did you mean {close[0]}?' if close else ', '.join(STATES)}")
    if match["until"] is None and word in ("building", "maintenance"):
        raise BadState(f"{word!r} needs a last day: {word} until 2026-12-31: reason")
    if match["until"] is not None and word == "live":
        raise BadState("a live host has no last day")
    try:
        until = date.fromisoformat(match["until"]) if match["until"] else None
    except ValueError as error:
        raise BadState(f"{match['until']!r} is no date; write it as 2026-12-31") from error
    return State(word, until, " ".join((match["reason"] or "").split()))
