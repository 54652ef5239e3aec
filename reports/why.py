"""The answer to `make why`: what could not be looked at, the chain that was checked, and what explains the symptom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from checks.resolve import without_instance
from checks.symptom import symptom
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports.harmless import harmless
from reports.mail_flow import few
from reports.report import Report
from reports.suite import suite
from reports.terminal import Line, Lines, by_check, check_section, count, unseen_section

_WORDS = {PASS: "ok", FAIL: "FAILS", SKIP: "nothing", WAIVED: "waived", UNKNOWN: "unknown"}
_MOST_PLACES = 4


def answer(report: Report, text: str) -> Iterator[Line]:
    """The whole answer on the terminal."""
    for line, markup in _answer(report, text):
        yield Line(harmless(line), markup)


def _answer(report: Report, text: str) -> Lines:
    yield f"why: {text}", {"bold": True}
    yield from unseen_section(report)
    yield "", {}
    yield "checked, each after what it rests on:", {"bold": True}
    for check, group in _chain(report.diagnosis.verdicts):
        for word, row in _by_word(group):
            markup = {"red": True} if word == "FAILS" else {}
            yield f"  {word:<9} {check:<34} {few([_place(verdict) for verdict in row], _MOST_PLACES)}", markup
    yield from _not_asked(report.diagnosis.verdicts, text)
    yield "", {}
    yield _conclusion(report), {"bold": True}
    for check, found in groupby(by_check(report.findings), key=lambda finding: finding.check):
        yield from check_section(check, list(found), report)


def _not_asked(verdicts: Sequence[Verdict], text: str) -> Lines:
    """Why nothing was examined of a port that the symptom names: it may be fine without."""
    ports = [str(port) for port in symptom(text, suite()).ports]
    for check, row in groupby((v for v in verdicts if v.verdict == SKIP), key=lambda verdict: verdict.check):
        about = [v for v in row if v.target.rpartition(":")[2] in ports or (v.instance or "").split(" ")[0] in ports]
        for why, alike in groupby(about, key=lambda verdict: verdict.seen):
            yield f"  {'nothing':<9} {check:<34} {few([_place(v) for v in alike], _MOST_PLACES)}: {why}", {}


def _chain(verdicts: Sequence[Verdict]) -> list[tuple[str, list[Verdict]]]:
    """Verdicts by check; a check stands after those that it rests on."""
    by: dict[str, list[Verdict]] = defaultdict(list)
    below: dict[str, set[str]] = defaultdict(set)
    for verdict in verdicts:
        by[verdict.check].append(verdict)
        below[verdict.check] |= {without_instance(ref).partition("@")[0] for ref in verdict.rests_on}
    order: dict[str, None] = {}

    def visit(check: str, path: tuple[str, ...]) -> None:
        if check in order or check in path or check not in by:
            return
        for other in sorted(below[check]):
            visit(other, (*path, check))
        order[check] = None

    for check in sorted(by):
        visit(check, ())
    return [(check, by[check]) for check in order]


def _by_word(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, list[Verdict]]]:
    """Those that are alike together: what fails because of another check is told apart from what fails by itself."""
    for word in ("FAILS", "follows", "unknown", "waived", "ok"):
        row = [verdict for verdict in verdicts if _word(verdict) == word]
        if row:
            yield word, row


def _word(verdict: Verdict) -> str:
    if verdict.because and verdict.verdict in (FAIL, UNKNOWN):
        return "follows"
    return _WORDS[verdict.verdict]


def _place(verdict: Verdict) -> str:
    return verdict.target + (f" [{verdict.instance}]" if verdict.instance is not None else "")


def _conclusion(report: Report) -> str:
    causes, unseen = report.diagnosis.causes, report.diagnosis.unseen
    looked = len({verdict.check for verdict in report.diagnosis.verdicts if verdict.verdict != SKIP})
    if causes:
        return f"it is explained by {count(len(causes), 'cause')}:" if not unseen else (
            f"it is explained by {count(len(causes), 'cause')}, as far as could be looked at:"
        )  # fmt: skip
    if unseen:
        return (
            f"nothing that could be looked at explains it ({looked} checks); the cause may be where we could not look"
        )
    return (f"nothing explains it: {looked} checks, and none fails. Is it seen from elsewhere (mailassay_observer), at "
            "other times, or by one user only?")  # fmt: skip
