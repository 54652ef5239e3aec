"""JUnit XML for CI systems: a suite per target, written with junit-xml by the rules its readers really follow.

GitLab takes suite, classname and name as a case's identity and drops duplicates; Jenkins takes classname up to its
last dot as the package; both show body text and not properties. So names are stable, classnames hold no dot of a host
name, and all that helps stands in the body. What does not fail the run is no failure here either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from junit_xml import TestCase, TestSuite, to_xml_report_string

from checks.verdict import FAIL, PASS, UNKNOWN, Verdict
from reports.body import body, line
from reports.harmless import harmless
from reports.report import Report

# GitLab reads at most 30 MB a file, 100 MB and 250,000 XML objects a job; a case is at most three objects.
MOST_OCTETS = 20_000_000
MOST_CASES = 10_000
MOST_CASES_IN_ALL = 80_000
# Azure cuts names at 512 characters.
MOST_NAME = 250
ROLL_UPS = ("auto", "instance", "check", "topic", "target")


@dataclass(frozen=True)
class Case:
    """One test case to be: the verdicts that it stands for."""

    target: str
    topic: str
    name: str
    verdicts: tuple[Verdict, ...]


def junit(report: Report, roll_up: str = "auto") -> list[str]:
    """The files' texts, as many as the readers' limits ask for; those with failures come first."""
    return list(files(report, roll_up))


def files(report: Report, roll_up: str = "auto") -> Iterator[str]:
    """One text after the other, so that not all of them are held at a time.

    roll_up: one case for each verdict (``instance``), for all instances of a check on a target (``check``), for a
    target's checks of a topic (``topic``), for a target (``target``); ``auto`` is the finest that readers take.
    """
    by_target: dict[str, list[Case]] = defaultdict(list)
    for case in _rolled_up(report, roll_up):
        by_target[case.target].append(case)
    bad = {v.target for v in report.diagnosis.verdicts if v.verdict in (FAIL, UNKNOWN) and _counts(v, report)}
    ordered = sorted(by_target, key=lambda target: (target not in bad, target))
    suites = (suite for target in ordered for suite in _suites(target, by_target.pop(target), report))
    return (_xml(group) for group in _files(suites))


def _suites(target: str, cases: Iterable[Case], report: Report) -> Iterator[TestSuite]:
    """The parts of one target's suite. By name, id and time Jenkins knows again what it has read by way of `latest`."""
    clock = report.head.clock[:19] or None  # ISO, UTC; the schema that most readers follow knows no zone
    for number, part in enumerate(_parts([_test_case(case, report) for case in cases])):
        yield TestSuite(_name(target), part, id=str(number), timestamp=clock)


def _xml(suites: Sequence[TestSuite]) -> str:
    # Its own indentation parses all of it again, which takes ten times as long. No text or value holds a bare >.
    xml: str = to_xml_report_string(suites, prettyprint=False, encoding="utf-8")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.replace("><", ">\n<") + "\n"


def _rolled_up(report: Report, roll_up: str) -> list[Case]:
    if roll_up != "auto":
        return _cases(report.diagnosis.verdicts, roll_up)
    for finest in ROLL_UPS[1:]:
        cases = _cases(report.diagnosis.verdicts, finest)
        if len(cases) <= MOST_CASES_IN_ALL:
            break
    return cases


def _cases(verdicts: Iterable[Verdict], roll_up: str) -> list[Case]:
    groups: dict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[verdict.target, *_identity(verdict, roll_up)].append(verdict)
    return [Case(target, topic, name, tuple(group)) for (target, topic, name), group in sorted(groups.items())]


def _identity(verdict: Verdict, roll_up: str) -> tuple[str, str]:
    """Topic and name of the verdict's case within its target."""
    topic, _, name = verdict.check.partition(".")
    if roll_up == "target":
        return verdict.kind, "all"
    if roll_up == "topic":
        return topic, "all"
    instance = f" [{verdict.instance}]" if verdict.instance is not None and roll_up == "instance" else ""
    return topic, f"{name}{instance}"


def _test_case(case: Case, report: Report) -> TestCase:
    classname = f"{_name(case.target.replace('.', '_').replace(':', '_'))}.{case.topic}"
    made = TestCase(_name(case.name), classname)
    failing = [v for v in case.verdicts if v.verdict == FAIL and _counts(v, report)]
    unseen = [v for v in case.verdicts if v.verdict == UNKNOWN and _counts(v, report)]
    if failing:
        made.add_failure_info(_message(failing), _bodies(failing, report), failing[0].severity)
    elif unseen:
        made.add_error_info(f"could not look: {_message(unseen)}", _bodies(unseen, report), "unknown")
    elif all(v.verdict != PASS for v in case.verdicts):
        made.add_skipped_info(_why_skipped(case.verdicts[0], report))
    return made


def _counts(verdict: Verdict, report: Report) -> bool:
    return not verdict.because and verdict.reference not in report.let_pass


def _message(verdicts: Sequence[Verdict]) -> str:
    """One line, never empty: junit-xml counts a failure without message as passed."""
    more = f" (and {len(verdicts) - 1} more)" if len(verdicts) > 1 else ""
    return f"{line(verdicts[0])}{more}"


def _bodies(verdicts: Sequence[Verdict], report: Report) -> str:
    return "\n\n".join("\n".join(body(verdict, report)) for verdict in verdicts[:20])


def _why_skipped(verdict: Verdict, report: Report) -> str:
    if verdict.verdict in (FAIL, UNKNOWN):
        if verdict.because:
            return f"explained by {', '.join(verdict.because[:5])}"
        return f"{report.let_pass.get(verdict.reference, '')}: {line(verdict)}"
    return harmless(f"{verdict.excused or verdict.verdict}: {line(verdict)}")


def _name(text: str) -> str:
    """Printable, short enough for every reader, and still the one name of this thing."""
    text = harmless(text)
    if len(text) <= MOST_NAME:
        return text
    return f"{text[: MOST_NAME - 20]}… {sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _parts(cases: Sequence[TestCase]) -> Iterator[Sequence[TestCase]]:
    for start in range(0, len(cases), MOST_CASES):
        yield cases[start : start + MOST_CASES]


def _files(suites: Iterable[TestSuite]) -> Iterator[list[TestSuite]]:
    """Suites in files below the limits, counted generously; one that alone is above them has a file of its own."""
    group: list[TestSuite] = []
    cases = octets = 0
    for suite in suites:
        size = sum(_octets(case) for case in suite.test_cases)
        if group and (cases + len(suite.test_cases) > MOST_CASES or octets + size > MOST_OCTETS):
            yield group
            group, cases, octets = [], 0, 0
        group.append(suite)
        cases += len(suite.test_cases)
        octets += size
    yield group


def _octets(case: TestCase) -> int:
    """What the case takes in the file at most."""
    texts = [*(e.get("message") for e in _entries(case)), *(e.get("output") for e in _entries(case))]
    return 200 + len(case.name) + len(case.classname) + sum(2 * len(text.encode()) for text in texts if text)


def _entries(case: TestCase) -> Iterable[Mapping[str, str]]:
    return (*case.failures, *case.errors, *case.skipped)
