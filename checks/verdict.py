"""What we say of one check on one target (and instance), with all that a report needs to explain it."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import Any

PASS, FAIL, SKIP, WAIVED, UNKNOWN = "pass", "fail", "skip", "waived", "unknown"

# The version of a line of results.jsonl: raised when a field changes its meaning or goes (reports/results.schema.json).
SCHEMA = 1
SUITE: str = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]["version"]

# What some readers take for the end of a line, what cannot be written as UTF-8, and what reverses the text around it.
_ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u200e\u200f\u2066-\u2069\ufeff\ud800-\udfff]")
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps would make one for each line
# More lines than this are no evidence any more but a log.
MOST_LINES = 20
MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of results.jsonl; each field is told in reports/results.schema.json, and here in short.

    From the judge. check: ``topic.state``. target, kind: which host, endpoint, domain or observer. instance: port,
    address, selector …, or None. verdict: pass, fail, skip, waived, unknown. severity: critical, high, medium, low.
    title: what is required. seen: what was seen, in one line. seen_from: the observer and the address the server
    saw, for outside checks. hosts: those of the inventory that the target stands for. rests_on: references
    ``check@target[instance]`` of what must be right first. evidence: the lines themselves. command: how to see it
    by hand. asked: of a failure on a host, the commands that it drew on.

    From the reports. because: those of rests_on that explain it; a fail without is a root cause. explains:
    references of the failures that this root cause accounts for. not_judged: those of rests_on that nobody judged in
    this run. side: whose fault it is: ours, theirs, network or unknown. affects: whom it hurts, one phrase each.
    risk: what its fix costs: none, reload, restart or mail lost. since: time of the first kept run that saw it;
    last_without: of the last run before that did not, or empty. flaps: how often it changed over the kept runs.
    peers: how the host differs from those of the same roles that pass.
    excused: why it does not gate (a waiver, a debt, a host in maintenance), or why such a reason no longer holds.
    unverified: why the check itself may be wrong here: the suite was never tried on such a host.
    schema, suite: versions.
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
    asked: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    affects: tuple[str, ...] = ()
    risk: str = ""
    since: str = ""
    last_without: str = ""
    flaps: int = 0
    peers: tuple[str, ...] = ()
    excused: str = ""
    unverified: str = ""
    schema: int = SCHEMA
    suite: str = SUITE

    @property
    def reference(self) -> str:
        """``check@target[instance]``: what makes it this verdict and no other, in this run and the next."""
        return f"{self.check}@{self.target}" + (f"[{self.instance}]" if self.instance is not None else "")

    def line(self) -> str:
        """The verdict as one line of JSON."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return _ESCAPED.sub(lambda c: f"\\u{ord(c[0]):04x}", _ENCODER.encode(told))


def read(line: str) -> Verdict:
    """The verdict of one line of JSON. Raises ValueError for a line that is torn or of another version."""
    try:
        fields = json.loads(line)
        verdict = Verdict(**{key: _shared(value) for key, value in fields.items()})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"not a verdict of this version: {error}") from error
    if verdict.schema != SCHEMA:
        raise ValueError(f"a verdict of schema {verdict.schema}; this version reads {SCHEMA}")
    return verdict


def _shared(value: Any) -> Any:
    """The value, whose texts are one with those of the other verdicts: a fleet's say the same over and over."""
    if isinstance(value, str):
        return intern(value)
    return tuple(map(_shared, value)) if isinstance(value, list) else value


def excerpt(lines: list[str]) -> tuple[str, ...]:
    """The lines as evidence: at most twenty, none longer than a thousand characters."""
    cut = [line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        cut[-1] = f"… and {len(lines) - MOST_LINES + 1} lines more"
    return tuple(cut)
