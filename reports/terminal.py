"""What a person sees at the end of an audit: the state of mail first, then causes, worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from textwrap import indent

from checks.catalogue import SEVERITIES, Check
from checks.verdict import FAIL, PASS, Verdict
from reports.diagnosis import Diagnosis
from reports.expected import Expectation
from reports.mail_flow import mail_flow

_ORDER = {severity: number for number, severity in enumerate(SEVERITIES)}


def summary(diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> Iterator[str]:
    """The lines of the terminal report. Text from servers is made harmless: no control character survives."""
    yield from (harmless(line) for line in _summary(diagnosis, catalogue))


def harmless(line: str) -> str:
    """The line without anything a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _summary(diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> Iterator[str]:
    unseen = sorted({v.target for v in diagnosis.unseen})
    troubled = {v.target for v in diagnosis.verdicts if v.verdict not in (PASS, "skip", "waived")}
    fine = {v.target for v in diagnosis.verdicts} - troubled
    names = f" ({', '.join(unseen)})" if unseen else ""
    yield (f"{_count(len(diagnosis.causes), 'cause')}, {_count(len(diagnosis.consequences), 'consequence')}, "
           f"{_count(len(unseen), 'target')} not wholly seen{names}, {_count(len(fine), 'target')} fine")  # fmt: skip
    yield "mail is " + ", ".join(f"{word}: {state}" for word, state in mail_flow(diagnosis.verdicts).items())
    yield from _findings(diagnosis, catalogue)
    yield from _unseen(diagnosis)


def _unseen(diagnosis: Diagnosis) -> Iterator[str]:
    """What could not be looked at, grouped by the reason: twenty checks that lack one thing are one line."""
    by_reason: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in diagnosis.unseen:
        by_reason[verdict.seen].append(verdict)
    for reason, verdicts in by_reason.items():
        yield ""
        names = sorted({v.reference for v in verdicts})
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield f"UNKNOWN  {' '.join(reason.split())}"
        yield f"  not judged: {', '.join(names[:3])}{more}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _findings(diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> Iterator[str]:
    def weight(verdict: Verdict) -> tuple[int, int, str]:
        return _ORDER[verdict.severity], -len(diagnosis.hidden.get(verdict.reference, ())), verdict.check

    for check_id, causes in groupby(sorted(diagnosis.causes, key=weight), key=lambda v: v.check):
        yield from _finding(check_id, list(causes), diagnosis, catalogue)


def _finding(
    check_id: str, causes: list[Verdict], diagnosis: Diagnosis, catalogue: Mapping[str, Check]
) -> Iterable[str]:
    yield ""
    yield f"{causes[0].severity.upper()}  {check_id}: it is required that: {causes[0].title}"
    for verdict in causes:
        where = verdict.target + (f" [{verdict.instance}]" if verdict.instance is not None else "")
        yield f"  {where}: {' '.join(verdict.seen.split())}"
        hidden = diagnosis.hidden.get(verdict.reference, ())
        if hidden:
            failed = sum(v.reference in hidden and v.verdict == FAIL for v in diagnosis.verdicts)
            yield f"    explains {len(hidden)} more ({failed} of them failures)"
        yield f"    see:  {verdict.command}" if verdict.command else "    see:  the report"
    check = catalogue.get(check_id)
    if check:
        yield from indent(f"fix:  {check.fix}", "  ").splitlines()


def expected_summary(expected: Expectation, diagnosis: Diagnosis) -> Iterator[str]:
    """How the findings compare with those that this inventory is known to have."""
    surprising = expected.surprising(diagnosis.causes)
    missing = expected.missing(diagnosis.causes)
    yield ""
    yield (f"Expected here: {', '.join(expected.on)} broken on purpose in {len(expected.findings)} ways, "
           f"{len(expected.findings) - len(missing)} of them found; all other targets healthy.")  # fmt: skip
    yield from (harmless(f"  NOT EXPECTED  {verdict.reference}: {verdict.seen}") for verdict in surprising)
    yield from (harmless(f"  NOT FOUND     {line}") for line in missing)
