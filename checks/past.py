"""The kept runs of a site as evidence: what the same command of the same host told them, for trends.

Runs an hour or more apart are enough to see growth by, and few of them: reading must stay cheap beside asking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from checks.evidence import earlier, notation
from checks.evidence.earlier import Sample
from checks.evidence.transcript import Answer, Question

_RUN = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_CLOCK = re.compile(r"^clock: (\S+)$", re.MULTILINE)
# The outcomes that tell something, by kind of question.
_GOOD = {"command": re.compile(r"exit 0$"), "dns": re.compile("NOERROR"), "http": re.compile(r"HTTP/\S+ 200\b")}
_MOST_RUNS = 10
_APART = timedelta(hours=1)
_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Past:
    """The runs of one site (reports/out/<site>) before this one, which began at ``now``."""

    site: Path
    now: datetime

    def answer(self, question: Question) -> Answer:
        """The answer to a question of the kind ``earlier``."""
        asked = earlier.asked_then(question)
        told: list[Sample] = []
        for text in self._transcripts(notation.file_name(question.target)):
            sample = _sample(text, asked)
            if sample is None or not self.now - _BACK < sample.moment < self.now:
                continue
            # The newest is always kept: it tells what happened since yesterday.
            if not told or told[-1].moment - sample.moment >= _APART:
                told.append(sample)
            if len(told) == _MOST_RUNS:
                break
        return Answer("looked back", earlier.written(reversed(told)).encode())

    def _transcripts(self, name: str) -> Iterator[str]:
        """The host's transcripts of the kept runs, newest first."""
        runs = sorted((path for path in self.site.glob("2*") if _RUN.fullmatch(path.name)), reverse=True)
        for run in runs:
            yield _read(run / "transcripts" / f"{name}.txt")


@lru_cache(maxsize=64)
def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # a run that did not reach the host, or is being pruned
        return ""


def _sample(transcript: str, asked: Question) -> Sample | None:
    """What one transcript says of the question; None if it was not asked, or had no good answer."""
    first = notation.section(asked, Answer("")).splitlines()[1]
    start = transcript.find(f"\n\n{first}\n")
    clock = _CLOCK.search(transcript[:200])
    if start < 0 or clock is None:
        return None
    end = transcript.find("\n\n", start + 2)
    section = transcript[start + 2 : end if end >= 0 else len(transcript)]
    try:
        header, answers = notation.parse(f"{notation.FORMAT}\nclock: {clock[1]}\n\n{section}\n")
    except ValueError:  # torn, or of another version
        return None
    answer = answers.get(asked)
    good = answer is not None and _GOOD[asked.kind].match(answer.outcome)
    return Sample(header.clock, answer.text) if answer and good else None
