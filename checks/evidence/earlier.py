"""What earlier runs of the same site were told when they asked the same question: how a figure has moved since.

The answers of the newest kept runs stand one below the other, each after its time:

    == 2026-11-24T03:00:07+00:00
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.command import Asking, Named
from checks.evidence.transcript import Question

_TIME = "== "
_OTHER = re.compile(r"\[(dns|http)\] (.*)", re.DOTALL)


@dataclass(frozen=True)
class Sample:
    """The answer of one earlier run."""

    moment: datetime
    text: str


def look_back(t: Asking, host: Named, command: str) -> tuple[Sample, ...]:
    """What earlier runs were told by this command of this host, oldest first; empty where none was kept."""
    (answer,) = t.ask(Question(host.name, "earlier", command))
    return samples(answer.text)


def look_back_at(t: Asking, question: Question) -> tuple[Sample, ...]:
    """The same of a question that was put to the DNS or to a web server."""
    (answer,) = t.ask(Question(question.target, "earlier", f"[{question.kind}] {question.text}"))
    return samples(answer.text)


def asked_then(question: Question) -> Question:
    """What was asked then, by a question that looks back: a command, unless another kind stands before it."""
    other = _OTHER.fullmatch(question.text)
    return Question(question.target, other[1] if other else "command", other[2] if other else question.text)


def samples(text: str) -> tuple[Sample, ...]:
    """The samples of an answer, oldest first; what stands before the first time is passed over."""
    found: list[Sample] = []
    lines: list[str] = []
    moment: datetime | None = None
    for line in [*text.splitlines(), _TIME]:
        if not line.startswith(_TIME):
            lines.append(line)
            continue
        if moment is not None:
            found.append(Sample(moment, "\n".join(lines)))
        lines, moment = [], _moment(line.removeprefix(_TIME))
    return tuple(sorted(found, key=lambda sample: sample.moment))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None


def written(told: Iterable[Sample]) -> str:
    """The samples as an answer holds them."""
    return "".join(f"{_TIME}{sample.moment.isoformat()}\n{sample.text.rstrip(chr(10))}\n" for sample in told)
