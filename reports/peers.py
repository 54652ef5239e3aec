"""How a host or endpoint that fails differs from its peers: those of the same roles on which the same check passes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question
from checks.run import TRANSCRIPTS
from checks.verdict import FAIL, PASS, Verdict
from reports.diagnosis import Diagnosis
from reports.drift import differences
from reports.head import Head
from reports.mail_flow import few

_KINDS = frozenset({"host", "endpoint"})
# More differences than this say nothing any more: the hosts are simply not alike.
_MOST = 3


def with_peers(diagnosis: Diagnosis, head: Head, folder: Path) -> Diagnosis:
    """The diagnosis whose root causes say how their targets differ from their peers. folder: of the run."""
    known = {each: _role(*each, head) for each in {(v.kind, v.target) for v in diagnosis.verdicts}}
    passing: dict[tuple[str, str, tuple[str, ...]], set[str]] = defaultdict(set)
    for verdict in diagnosis.verdicts:
        if verdict.kind in _KINDS and verdict.verdict == PASS:
            passing[*_about(verdict), known[verdict.kind, verdict.target]].add(verdict.target)

    def told(verdict: Verdict) -> Verdict:
        if verdict.kind not in _KINDS or verdict.verdict != FAIL or verdict.because:
            return verdict
        own = known[verdict.kind, verdict.target]
        peers = sorted(passing[*_about(verdict), own] - {verdict.target}) if own else []
        return replace(verdict, peers=tuple(_lines(verdict, peers, folder))) if peers else verdict

    return replace(diagnosis, verdicts=tuple(told(verdict) for verdict in diagnosis.verdicts))


def _about(verdict: Verdict) -> tuple[str, str]:
    """The check and the instance, alike for hosts whose files are named after themselves; endpoints have addresses."""
    instance = verdict.instance or "" if verdict.kind == "host" else ""
    return verdict.check, _own_name(verdict.target).sub("HOST", instance)


@lru_cache(maxsize=64)
def _own_name(host: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(host.partition('.')[0])}(?![\w-])")


def _role(kind: str, name: str, head: Head) -> tuple[str, ...]:
    """What makes two of them peers: a host's roles; an endpoint's port and the roles of the hosts behind it."""
    behind = (name,) if kind == "host" else head.endpoints.get(name, ())
    roles = sorted({role for host in behind if host in head.hosts for role in head.hosts[host].roles})
    return (*roles, *(() if kind == "host" else (name.rpartition(":")[2],))) if roles else ()


def _lines(verdict: Verdict, peers: Sequence[str], folder: Path) -> Iterator[str]:
    yield f"{few(peers)} {'passes' if len(peers) == 1 else 'pass'}"
    ours, theirs = _answers(folder, verdict.target), _answers(folder, peers[0])
    said: list[str] = []
    for asked in verdict.asked:
        mine, other = ours.by_text.get(asked), theirs.by_text.get(asked)
        if mine is not None and other is not None:
            said += differences(Question(verdict.target, "command", asked), theirs.blot(other), ours.blot(mine))
    if len(said) <= _MOST:
        yield from (f"{peers[0]} → {verdict.target}: {line}" for line in said)


@dataclass(frozen=True)
class _Host:
    name: str
    by_text: Mapping[str, Answer]

    def blot(self, answer: Answer) -> Answer:
        """The answer without the host's own name, in which hosts must differ."""
        return replace(answer, out=_own_name(self.name).sub("HOST", answer.text).encode())


@lru_cache(maxsize=64)
def _answers(folder: Path, host: str) -> _Host:
    try:
        _, answers = notation.parse((folder / TRANSCRIPTS / f"{notation.file_name(host)}.txt").read_text("utf-8"))
    except (OSError, ValueError):  # deleted by retention, or a record that came without its transcripts
        return _Host(host, {})
    return _Host(host, {question.text: answer for question, answer in answers.items() if question.kind == "command"})
