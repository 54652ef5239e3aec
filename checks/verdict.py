"""What we say of one check on one target (and instance), with all that a report needs to explain it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

PASS, FAIL, SKIP, WAIVED, UNKNOWN = "pass", "fail", "skip", "waived", "unknown"

# More lines than this are no evidence any more but a log.
MOST_LINES = 20
MOST_CHARACTERS = 1000


@dataclass(frozen=True)
class Verdict:
    """One line of results.jsonl.

    instance: port, address, selector …, or None. seen: what was seen, in one line. seen_from: the observer and the
    address the server saw, for outside checks. rests_on, because: references ``check@target[instance]``; because is
    computed by the diagnosis. evidence: the lines themselves. command: how to see it by hand. side: whose fault it
    would be: ours, theirs, network or unknown.
    """

    check: str
    target: str
    kind: str
    instance: str | None
    verdict: str
    severity: str
    title: str
    seen: str
    seen_from: str | None = None
    side: str = "ours"
    hosts: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    command: str = ""

    @property
    def reference(self) -> str:
        return f"{self.check}@{self.target}" + (f"[{self.instance}]" if self.instance is not None else "")

    def line(self) -> str:
        """The verdict as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def read(line: str) -> Verdict:
    """The verdict of one line of JSON. Raises ValueError for a line that is torn or of another version."""
    try:
        fields = json.loads(line)
        known: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()
        }
        return Verdict(**known)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"not a verdict of this version: {error}") from error


def excerpt(lines: list[str]) -> tuple[str, ...]:
    """The lines as evidence: at most twenty, none longer than a thousand characters."""
    cut = [line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        cut[-1] = f"… and {len(lines) - MOST_LINES + 1} lines more"
    return tuple(cut)
