"""Is mail accepted, submitted, delivered, leaving? The first lines of every report, from mail_flow.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from checks.evidence import own_table
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports.diagnosis import Diagnosis

# Longest chain of prerequisites that is followed; a circle of verdicts that explain each other ends here too.
_DEEPEST = 20


@dataclass(frozen=True)
class Sign:
    """A check whose verdicts tell, on endpoints of these ports if it names any."""

    check: str
    ports: tuple[int, ...] = ()

    def speaks_of(self, verdict: Verdict) -> bool:
        """Whether this verdict, of a check that it names, is about a port that it names."""
        port = verdict.target.rpartition(":")[2]
        return not self.ports or (verdict.kind == "endpoint" and port in map(str, self.ports))


@dataclass(frozen=True)
class Flow:
    """One question. state: yes, no or unknown. failing, fine, unseen: targets. why: of the unknown part, in words."""

    question: str
    state: str
    failing: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    why: str = ""

    def phrase(self) -> str:
        """``accepted: no at mx1:25 (yes at 2 others)``."""
        if self.state == "no":
            others = f" (yes at {len(self.fine)} other{'s' * (len(self.fine) != 1)})" if self.fine else ""
            return f"{self.question}: no at {few(self.failing)}{others}"
        if self.state == "unknown":
            where = f" at {few(self.unseen)}" if self.unseen else ""
            return f"{self.question}: unknown{where} ({self.why})"
        return f"{self.question}: yes"


def few(names: Sequence[str], most: int = 3) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


@cache
def questions() -> Mapping[str, tuple[Sign, ...]]:
    """mail_flow.yml."""
    table = own_table.read(Path(__file__).with_name("mail_flow.yml"))
    return {
        question: tuple(Sign(row["check"], tuple(row.get("ports", ()))) for row in signs)
        for question, signs in table.items()
    }


def mail_flow(diagnosis: Diagnosis) -> tuple[Flow, ...]:
    """Each question with its answer."""
    return tuple(_flow(question, signs, diagnosis) for question, signs in questions().items())


def _flow(question: str, signs: Sequence[Sign], diagnosis: Diagnosis) -> Flow:
    telling: dict[str, list[Sign]] = {}
    for check in {verdict.check for verdict in diagnosis.verdicts}:
        telling[check] = [sign for sign in signs if fnmatchcase(check, sign.check)]
    judged = [
        v for v in diagnosis.verdicts
        if v.verdict not in (SKIP, WAIVED) and any(sign.speaks_of(v) for sign in telling[v.check])
    ]  # fmt: skip
    failing = _targets(judged, FAIL)
    unseen = tuple(name for name in _targets(judged, UNKNOWN) if name not in failing)
    fine = tuple(name for name in _targets(judged, PASS) if name not in failing and name not in unseen)
    state = "no" if failing else "yes" if fine and not unseen else "unknown"
    why = _why([v for v in judged if v.verdict == UNKNOWN], diagnosis) if state == "unknown" else ""
    return Flow(question, state, failing, fine, unseen, why)


def _targets(verdicts: Sequence[Verdict], word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v.target for v in verdicts if v.verdict == word))


def _why(unknown: Sequence[Verdict], diagnosis: Diagnosis) -> str:
    """What kept us from seeing: the words of the first unknown that nothing explains."""
    if not unknown:
        return "nothing that would tell was judged"
    first = unknown[0]
    for _ in range(_DEEPEST):
        below = diagnosis.by_reference.get(first.because[0]) if first.because else None
        if below is None:
            break
        first = below
    return " ".join(first.seen.split())
