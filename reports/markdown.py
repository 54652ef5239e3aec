"""summary.md, for a pull request's comment or a job's summary: what is wrong, what changed, what to type.

GitHub takes 65,536 characters a comment and 1 MiB a job summary; GitLab 1,000,000 a comment. Whatever servers or
inventories say stands in code spans, where Markdown reads neither markup nor @mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checks.catalogue import SEVERITIES
from checks.verdict import Verdict
from reports.body import day, since, telling
from reports.compare import Change
from reports.finding import Blind, Finding, place
from reports.harmless import harmless
from reports.mail_flow import few
from reports.report import Report

MOST_CHARACTERS = 60_000
_MOST_CHANGES = 50
_MOST_PLACES = 8
_LONGEST = 300


def markdown(report: Report) -> str:
    """The summary; what does not fit is counted at its end."""
    parts = ["\n".join(_head(report)), *_changes(report), *_findings(report), *_blinds(report), *_let_pass(report)]
    kept: list[str] = []
    left = MOST_CHARACTERS
    for number, part in enumerate(parts):
        left -= len(part) + 1
        if left < 0:
            kept.append(f"\n{len(parts) - number} more entries do not fit here: see report.html\n")
            break
        kept.append(part)
    return "\n".join(kept) + "\n"


def span(text: str, most: int = _LONGEST) -> str:
    """The text as a code span, whatever it holds (CommonMark §6.1)."""
    shown = harmless(" ".join(text.split()), most)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str) -> str:
    """A check's own sentence: its `code` stays, nothing else of it is markup."""
    parts = harmless(" ".join(text.split())).split("`")
    if len(parts) % 2 == 0:
        return span(text)
    return "".join(
        f"`{part}`" if n % 2 else re.sub(r"([\\<>*_\[\]@#~|&!])", r"\\\1", part) for n, part in enumerate(parts)
    )


def _head(report: Report) -> Iterator[str]:
    counts = report.head.counts
    worst = ", ".join(f"{counts[f'cause {s}']} {s}" for s in SEVERITIES if counts.get(f"cause {s}"))
    said = f"{len(report.diagnosis.causes)} to mend ({worst})" if worst else "nothing to mend"
    yield f"## Mail audit of {span(report.head.site)}: {said}"
    yield ""
    yield (f"{day(report.head.clock)}, {len(report.head.hosts)} hosts, mailassay {span(report.head.suite)}. "
           f"Exit status {report.exit.value}: {report.exit.meaning}.")  # fmt: skip
    yield ""
    yield from (f"- mail is {flow.question}: **{flow.state}** {_where(flow.phrase())}" for flow in report.flow)


def _where(phrase: str) -> str:
    _, _, said = phrase.partition(": ")
    _, _, detail = said.partition(" ")
    return span(detail) if detail else ""


def _changes(report: Report) -> Iterator[str]:
    if not report.changes:
        return
    yield f"\n### Since {span(day(report.changes.since))}\n\n{report.changes.counted()}\n"
    yield from (f"- **absent host**: {span(host)}" for host in report.changes.absent_hosts)
    for change in (Change.NEW_FAILURE, Change.NEW_UNKNOWN, Change.LOST, Change.FIXED):
        items = report.changes.of(change)
        for item in items[:_MOST_CHANGES]:
            pardon = f" ({prose(item.pardon)})" if item.pardon else ""
            yield f"- **{change}**: {span(item.verdict.reference)}{pardon}"
        if len(items) > _MOST_CHANGES:
            yield f"- **{change}**: and {len(items) - _MOST_CHANGES} more"


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield "\n### What to mend, the gravest first\n"
    yield from ("\n".join(_finding(finding, report)) for finding in report.findings)


def _finding(finding: Finding, report: Report) -> Iterator[str]:
    cause = finding.causes[0]
    places = few(finding.places, _MOST_PLACES)
    yield f"- **{finding.severity}** {span(finding.check)} at {span(places)}: {prose(finding.title)}  "
    yield f"  {span(finding.seen)}"
    yield from (f"  {text}" for text in _facts(finding, cause, report))


def _facts(finding: Finding, cause: Verdict, report: Report) -> Iterator[str]:
    for line in telling(cause)[:1]:
        yield f"- evidence: {span(line)}"
    if finding.explained:
        yield f"- explains {len(finding.explained)} more: {span(few([v.reference for v in finding.explained], 4))}"
    if finding.affects:
        yield f"- affects: {span(few(finding.affects, 6))}"
    if cause.last_without:
        yield f"- {prose(since(cause))}"
    text = report.head.checks.get(finding.check)
    if text and text.fix:
        yield f"- fix: {prose(text.fix)}"
    note = report.let_pass.get(cause.reference) or cause.excused
    if note:
        yield f"- note: {span(note)}"


def _blinds(report: Report) -> Iterator[str]:
    if report.blinds:
        yield "\n### What could not be looked at\n"
    yield from (_blind(blind) for blind in report.blinds)


def _blind(blind: Blind) -> str:
    hides = f", and hides {blind.hidden} more" if blind.hidden else ""
    return f"- {span(blind.reason)}: {span(few([f'{v.check} at {place(v)}' for v in blind.verdicts]))}{hides}"


def _let_pass(report: Report) -> Iterable[str]:
    excused = [f"- {span(v.reference)}: {span(v.excused)}" for v in report.diagnosis.excused]
    remarks = [f"- {span(remark)}" for remark in report.remarks]
    return ["\n### Let pass\n", *excused, *remarks] if excused or remarks else []
