"""One failure in full, as text: all that a person needs who sees nothing but this (JUnit, Markdown, mail)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.verdict import Verdict
from reports.harmless import harmless
from reports.report import Report
from reports.side import RISKS, reply

_LONGEST = 500
# How an answer ended, which tells nobody anything where the answer itself is shown.
_IDLE = re.compile(r"exit 0|ended|\s*")


def line(verdict: Verdict) -> str:
    """What was seen in one line, never empty."""
    return harmless(" ".join(verdict.seen.split()), _LONGEST) or verdict.title


def day(clock: str) -> str:
    """``2026-11-23 23:10 UTC`` of an ISO time; anything else (the name of a run without head) as it is."""
    return f"{clock[:16].replace('T', ' ')} UTC" if clock[10:11] == "T" else clock


def since(verdict: Verdict) -> str:
    """Since when the kept runs know it, in words; empty if this is the first run that was kept."""
    if not verdict.since:
        return ""
    before = f"; not yet on {day(verdict.last_without)}" if verdict.last_without else ""
    return f"seen since {day(verdict.since)}{before}"


def telling(verdict: Verdict) -> list[str]:
    """The lines of evidence that say more than what was seen says already."""
    seen = " ".join(verdict.seen.split())
    return [line for line in verdict.evidence if not _IDLE.fullmatch(line) and " ".join(line.split()) not in seen]


def meaning(verdict: Verdict) -> str:
    """Plain words for the reply that the failure quotes; empty if it quotes none."""
    said = reply(verdict)
    if said is None:
        return ""
    code = " ".join(part for part in (said.code, said.enhanced) if part)
    return f"{code + ': ' if code else ''}{said.means} ({said.side}); {said.do}"


def body(verdict: Verdict, report: Report) -> Iterator[str]:
    """The failure in lines that print."""
    for text in _body(verdict, report):
        yield from (harmless(part) for part in text.split("\n"))


def _body(verdict: Verdict, report: Report) -> Iterator[str]:
    yield f"{verdict.reference} ({verdict.severity})"
    yield f"required: {verdict.title}"
    yield f"seen: {verdict.seen}"
    if verdict.seen_from:
        yield f"seen from: {verdict.seen_from}"
    yield from _circumstances(verdict, report)
    text = report.head.checks.get(verdict.check)
    if text:
        yield f"why: {text.why}"
        yield f"fix: {text.fix}"
        yield f"authority: {text.authority}"
    if verdict.command:
        yield f"see it by hand: {verdict.command}"
    if verdict.evidence:
        yield "evidence:"
        yield from (f"  {text}" for text in verdict.evidence)
    hidden = report.diagnosis.hidden.get(verdict.reference, ())
    if hidden:
        yield f"explains {len(hidden)} more: {', '.join(hidden[:10])}"


def _circumstances(verdict: Verdict, report: Report) -> Iterator[str]:
    if explained := meaning(verdict):
        yield f"that reply means: {explained}"
    if verdict.side != "ours":
        yield f"at fault: {verdict.side}"
    if verdict.affects:
        more = f" and {len(verdict.affects) - 8} more" if len(verdict.affects) > 8 else ""
        yield f"affects: {'; '.join(verdict.affects[:8])}{more}"
    if verdict.peers:
        yield f"peers of the same roles: {'; '.join(verdict.peers)}"
    if history := since(verdict):
        yield history
    if verdict.not_judged:
        yield f"not judged in this selection, and might explain it: {', '.join(verdict.not_judged)}"
    if verdict.risk not in ("", "none"):
        yield f"risk of the fix: {verdict.risk} ({RISKS[verdict.risk]})"
    if verdict.excused:
        yield f"note: {verdict.excused}"
    change = report.changes.by_reference.get(verdict.reference) if report.changes else None
    if change:
        yield f"against the baseline: {change.change}{f' ({change.pardon})' if change.pardon else ''}"
