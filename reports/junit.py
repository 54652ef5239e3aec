"""JUnit XML for CI systems: a suite per target, written with junit-xml by the rules its readers really follow.

GitLab takes suite, classname and name as a case's identity and drops duplicates; Jenkins takes classname up to its
last dot as the package; both show body text and not properties. So names are stable, classnames hold no dot of a host
name, and all that helps stands in the body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from junit_xml import TestCase, TestSuite, to_xml_report_string

from checks.catalogue import Check
from checks.verdict import FAIL, SKIP, UNKNOWN, WAIVED, Verdict
from reports.diagnosis import Diagnosis


def junit(diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> str:
    """The report as a string of XML."""
    ordered = sorted(diagnosis.verdicts, key=lambda v: (v.kind, v.target))
    suites = [
        TestSuite(target, [_case(v, diagnosis, catalogue) for v in group])
        for (_, target), group in groupby(ordered, key=lambda v: (v.kind, v.target))
    ]
    xml: str = to_xml_report_string(suites, encoding="utf-8")
    return xml


def _case(verdict: Verdict, diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> TestCase:
    target = verdict.target.replace(".", "_").replace(":", "_")
    topic, _, name = verdict.check.partition(".")
    instance = f" [{verdict.instance}]" if verdict.instance is not None else ""
    case = TestCase(f"{name}{instance}", f"{target}.{topic}")
    if verdict.because and verdict.verdict in (FAIL, UNKNOWN):
        case.add_skipped_info(f"explained by {', '.join(verdict.because)}")
    elif verdict.verdict == FAIL:
        case.add_failure_info(_line(verdict), body(verdict, diagnosis, catalogue), verdict.severity)
    elif verdict.verdict == UNKNOWN:
        case.add_error_info(f"could not look: {_line(verdict)}", body(verdict, diagnosis, catalogue), "unknown")
    elif verdict.verdict in (SKIP, WAIVED):
        case.add_skipped_info(f"{verdict.verdict}: {_line(verdict)}")
    return case


def _line(verdict: Verdict) -> str:
    """One line, never empty: junit-xml counts a failure without message as passed."""
    return " ".join(verdict.seen.split())[:500] or verdict.title


def body(verdict: Verdict, diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> str:
    """All that a person needs who sees nothing but this text."""
    return "\n".join(_body(verdict, diagnosis, catalogue))


def _body(verdict: Verdict, diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> Iterable[str]:
    yield f"{verdict.reference} ({verdict.severity})"
    yield f"required: {verdict.title}"
    yield f"seen: {verdict.seen}"
    if verdict.seen_from:
        yield f"seen from: {verdict.seen_from}"
    check = catalogue.get(verdict.check)
    if check:
        yield f"why: {check.why}"
        yield f"fix: {check.fix}"
        yield f"authority: {check.authority}"
    if verdict.command:
        yield f"see it by hand: {verdict.command}"
    if verdict.evidence:
        yield "evidence:"
        yield from (f"  {line}" for line in verdict.evidence)
    hidden = diagnosis.hidden.get(verdict.reference, ())
    if hidden:
        yield f"explains {len(hidden)} more: {', '.join(hidden[:10])}"
