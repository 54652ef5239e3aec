"""What a person sees at the end of an audit: the state of mail first, then what to mend, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from checks.catalogue import SEVERITIES
from checks.verdict import FAIL, UNKNOWN
from reports.body import day, meaning, since, telling
from reports.compare import Change
from reports.customers import ours, remark
from reports.diagnosis import Diagnosis
from reports.expected import Expectation
from reports.finding import Finding
from reports.harmless import harmless as harmless  # tests/bench shows lines by the same rule
from reports.mail_flow import few
from reports.report import Report

# What is more than this of one check stands in the other reports.
_MOST_FINDINGS = 8
_MOST_PLACES = 6
_MOST_EVIDENCE = 2
_WIDEST = 160
_COLOURS: Mapping[str, Mapping[str, bool]] = {
    "critical": {"red": True, "bold": True},
    "high": {"red": True},
    "medium": {"yellow": True},
    "low": {"cyan": True},
}


@dataclass(frozen=True)
class Line:
    """A line of text without anything a terminal would obey; markup as pytest's terminal writer names it."""

    text: str
    markup: Mapping[str, bool] = field(default_factory=dict)


def summary(report: Report) -> Iterator[Line]:
    """The whole terminal report."""
    for text, markup in _summary(report):
        yield Line(harmless(text), markup)


Lines = Iterator[tuple[str, Mapping[str, bool]]]
_PLAIN: Mapping[str, bool] = {}
_BOLD: Mapping[str, bool] = {"bold": True}


def _summary(report: Report) -> Lines:
    yield _counts(report), _BOLD
    yield from _flow(report)
    if report.changes:
        yield f"since {day(report.changes.since)}: {report.changes.counted()}", _BOLD
    mine = [finding for finding in report.findings if ours(finding, report.head)]
    for check, group in groupby(by_check(mine), key=lambda finding: finding.check):
        yield from check_section(check, list(group), report)
    yield from unseen_section(report)
    if said := remark(report):
        yield "", _PLAIN
        yield said, _BOLD
    yield from _mended(report)
    yield from _let_pass(report)


def _counts(report: Report) -> str:
    diagnosis = report.diagnosis
    by_severity = Counter(cause.severity for cause in diagnosis.causes)
    worst = ", ".join(f"{by_severity[s]} {s}" for s in SEVERITIES if by_severity[s])
    unseen = sorted({verdict.target for verdict in diagnosis.unseen})
    troubled = {verdict.target for verdict in diagnosis.verdicts if verdict.verdict in (FAIL, UNKNOWN)}
    fine = {verdict.target for verdict in diagnosis.verdicts} - troubled
    return (f"{count(len(diagnosis.causes), 'cause')}{f' ({worst})' if worst else ''}, "
            f"{count(len(diagnosis.consequences), 'consequence')}, "
            f"{count(len(unseen), 'target')} not wholly seen{f' ({few(unseen)})' if unseen else ''}, "
            f"{count(len(fine), 'target')} fine")  # fmt: skip


def count(number: int, noun: str) -> str:
    """``1 cause``, ``2 causes``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _flow(report: Report) -> Lines:
    phrases = [flow.phrase() for flow in report.flow]
    if len(", ".join(phrases)) < 80:
        yield f"mail is {', '.join(phrases)}", _BOLD
        return
    yield "mail is", _BOLD
    for flow, phrase in zip(report.flow, phrases, strict=True):
        yield f"  {phrase}", {"no": _COLOURS["high"], "unknown": _COLOURS["medium"]}.get(flow.state, _PLAIN)


def by_check(findings: Iterable[Finding]) -> list[Finding]:
    """Those of one check together, where the worst of them stands."""
    first: dict[str, int] = {}
    for number, finding in enumerate(findings):
        first.setdefault(finding.check, number)
    return sorted(findings, key=lambda finding: first[finding.check])


def check_section(check: str, group: list[Finding], report: Report) -> Lines:
    """The findings of one check: what is required, where and what was seen, how to mend it."""
    yield "", _PLAIN
    yield f"{group[0].severity.upper()}  {check}: it is required that: {group[0].title}", _COLOURS[group[0].severity]
    for finding in group[:_MOST_FINDINGS]:
        yield from _finding(finding, report)
    if len(group) > _MOST_FINDINGS:
        yield f"  and {len(group) - _MOST_FINDINGS} more like these: see the report", _PLAIN
    text = report.head.checks.get(check)
    if text and text.fix:
        first, *rest = text.fix.splitlines()
        yield f"  fix:  {first}", _PLAIN
        yield from ((f"        {line.strip()}", _PLAIN) for line in rest)
    risk = group[0].causes[0].risk
    if risk not in ("", "none"):
        yield f"        (risk of this fix: {risk})", _PLAIN


def _finding(finding: Finding, report: Report) -> Lines:
    cause = finding.causes[0]
    yield f"  {few(finding.places, _MOST_PLACES)}: {finding.seen}", _BOLD
    for name, text in _facts(finding, report):
        yield f"    {name + ':':<9} {text}", _PLAIN
    if not cause.command:
        yield "    see:      the report", _PLAIN


def _facts(finding: Finding, report: Report) -> Iterator[tuple[str, str]]:
    """What belongs to a finding, each with its word."""
    cause = finding.causes[0]
    spared = {report.let_pass.get(each.reference, "") for each in finding.causes}
    if "" not in spared:
        yield "note", f"fails nobody's run: {'; '.join(sorted(spared))}"
    if cause.excused:
        yield "note", cause.excused
    if cause.unverified:
        yield "note", f"unverified: {cause.unverified}"
    if explained := meaning(cause):
        yield "means", explained
    for line in telling(cause)[:_MOST_EVIDENCE]:
        yield "evidence", line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…"
    yield from _consequences(finding)


def _consequences(finding: Finding) -> Iterator[tuple[str, str]]:
    cause = finding.causes[0]
    if finding.explained:
        names = [verdict.reference for verdict in finding.explained]
        yield "explains", f"{count(len(names), 'more failure')}: {few(names, 4)}"
    if cause.side != "ours":
        yield "at fault", cause.side
    whom = [phrase for phrase in finding.affects if phrase.partition(" ")[2] != cause.target]
    if whom:
        yield "affects", few(whom, 5)
    if cause.peers:
        yield "peers", "; ".join(cause.peers)
    if cause.last_without:
        yield "since", since(cause).removeprefix("seen since ")
    if finding.not_judged:
        yield "but", f"not judged in this selection, and might explain it: {few(finding.not_judged)}"
    if cause.command:
        yield "see", cause.command


def unseen_section(report: Report) -> Lines:
    """What could not be looked at, grouped by the reason: twenty checks that lack one thing are one line."""
    for blind in report.blinds:
        yield "", _PLAIN
        yield f"UNKNOWN  {blind.reason}", {"purple": True}
        names = sorted(verdict.reference for verdict in blind.verdicts)
        hides = f"; it hides {blind.hidden} more" if blind.hidden else ""
        yield f"  not judged: {few(names)}{hides}", _PLAIN
        spared = {report.let_pass.get(verdict.reference, "") for verdict in blind.verdicts}
        if "" not in spared:
            yield f"    note:     {'; '.join(sorted(spared))}", _PLAIN


def _mended(report: Report) -> Lines:
    if not report.changes:
        return
    for change in (Change.LOST, Change.FIXED):
        items = report.changes.of(change)
        if items:
            yield "", _PLAIN
            yield f"{change.upper()}  {few([item.verdict.reference for item in items], 10)}", {"green": True}
    if report.changes.absent_hosts:
        yield f"ABSENT  in the baseline, and not in this run: {few(report.changes.absent_hosts, 10)}", _COLOURS["high"]


def _let_pass(report: Report) -> Lines:
    words = Counter(verdict.excused.partition(" ")[0] for verdict in report.diagnosis.excused)
    named = {"waived": "waived", "debt": "debt", "host": "on hosts in maintenance, being built or retired"}
    said = [f"{number} {named.get(word, word)}" for word, number in words.most_common()]
    if said or report.remarks:
        yield "", _PLAIN
    if said:
        yield f"let pass: {', '.join(said)}", _PLAIN
    yield from ((f"  {remark}", _PLAIN) for remark in report.remarks)


def where(folder: Path, names: Iterable[str]) -> Iterator[str]:
    """The last lines of an audit: where its reports are, the one for people in full."""
    kept = list(names)
    yield f"report: {folder}"
    yield f"        {' '.join(kept)}"
    if "report.html" in kept:
        yield f"open:   {(folder / 'report.html').resolve().as_uri()}"


def expected_summary(expected: Expectation, diagnosis: Diagnosis) -> Iterator[str]:
    """How the findings compare with those that this inventory is known to have."""
    surprising = expected.surprising(diagnosis.causes)
    missing = expected.missing(diagnosis.causes)
    yield ""
    yield (f"Expected here: {', '.join(expected.on)} broken on purpose in {len(expected.findings)} ways, "
           f"{len(expected.findings) - len(missing)} of them found; all other targets healthy.")  # fmt: skip
    yield from (harmless(f"  NOT EXPECTED  {verdict.reference}: {verdict.seen}") for verdict in surprising)
    yield from (harmless(f"  NOT FOUND     {line}") for line in missing)
