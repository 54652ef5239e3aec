"""Hosts by topics: the worst that was said of each, for a look at a whole fleet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports.finding import RANK

# From best to worst; a consequence is shown apart from its cause, which stands elsewhere.
CONSEQUENCE = "consequence"
WORDS = (SKIP, PASS, WAIVED, UNKNOWN, CONSEQUENCE, FAIL)


@dataclass(frozen=True)
class Cell:
    """word: the worst of WORDS. number: how many verdicts say it. severity: of the worst cause, else empty."""

    word: str
    number: int
    severity: str = ""


@dataclass(frozen=True)
class Row:
    """One target. cells: by topic; a topic that says nothing of this target is lacking."""

    kind: str
    name: str
    cells: Mapping[str, Cell]


def word(verdict: Verdict) -> str:
    """The verdict in one of WORDS; what an unknown hides is unknown."""
    return CONSEQUENCE if verdict.verdict == FAIL and verdict.because else verdict.verdict


def topics(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """All topics, by name."""
    return tuple(sorted({verdict.check.partition(".")[0] for verdict in verdicts}))


def rows(verdicts: Iterable[Verdict]) -> tuple[Row, ...]:
    """Hosts with the endpoints that they stand behind, then domains, then observers; those with causes first."""
    said: dict[tuple[str, str], dict[str, list[Verdict]]] = defaultdict(lambda: defaultdict(list))
    for verdict in verdicts:
        for place in _places(verdict):
            said[place][verdict.check.partition(".")[0]].append(verdict)
    made = [
        Row(kind, name, {topic: _cell(group) for topic, group in by_topic.items()})
        for (kind, name), by_topic in said.items()
    ]
    return tuple(sorted(made, key=lambda row: (_KINDS.index(row.kind), _worst(row), row.name)))


_KINDS = ("host", "domain", "observer", "endpoint")


def _places(verdict: Verdict) -> Sequence[tuple[str, str]]:
    if verdict.kind == "endpoint" and verdict.hosts:
        return [("host", host) for host in verdict.hosts]
    return [(verdict.kind, verdict.target)]


def _cell(verdicts: Sequence[Verdict]) -> Cell:
    worst = max((word(verdict) for verdict in verdicts), key=WORDS.index)
    such = [verdict for verdict in verdicts if word(verdict) == worst]
    severity = min((v.severity for v in such), key=RANK.__getitem__) if worst == FAIL else ""
    return Cell(worst, len(such), severity)


def _worst(row: Row) -> tuple[int, int, int]:
    """For sorting: the gravest cause first, then how many topics have one, then how many are unknown."""
    causes = [cell for cell in row.cells.values() if cell.word == FAIL]
    unseen = sum(cell.word == UNKNOWN for cell in row.cells.values())
    return min((RANK[cell.severity] for cell in causes), default=len(RANK)), -len(causes), -unseen
