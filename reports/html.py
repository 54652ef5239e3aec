"""report.html: one file that needs no network, for people: what to mend first, then every host and every check.

What servers say is hostile: every text is escaped and stripped of what does not print, and the page's policy allows
no script and no style but its own two, by their hashes.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from checks.catalogue import SEVERITIES
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports.body import day, meaning, since, telling
from reports.compare import Change
from reports.finding import RANK, place
from reports.harmless import harmless
from reports.head import Text
from reports.mail_flow import few
from reports.matrix import rows, topics
from reports.report import Report
from reports.trend import HEIGHT, columns

_FOLDER = Path(__file__).with_name("templates")
_KINDS = ("host", "endpoint", "domain", "observer")
# More evidence than this of one verdict is read in the transcript.
MOST_EVIDENCE = 12
# Skips and passes are told in groups; of each, so many names at most.
_MOST_NAMES = 400


@dataclass(frozen=True)
class TargetSection:
    """All that was said of one target, by what is to be done about it."""

    kind: str
    name: str
    causes: tuple[Verdict, ...]
    consequences: tuple[Verdict, ...]
    unknown: tuple[Verdict, ...]
    waived: tuple[Verdict, ...]
    skipped: Mapping[str, Sequence[str]]
    passed: tuple[str, ...]

    @property
    def worst(self) -> str:
        return min((cause.severity for cause in self.causes), key=RANK.__getitem__, default="")

    @property
    def state(self) -> str:
        parts = {"to mend": self.causes, "explained by others": self.consequences, "unknown": self.unknown,
                 "let pass": self.waived, "passed": self.passed}  # fmt: skip
        return ", ".join(f"{len(group)} {said}" for said, group in parts.items() if group) or "nothing examined"


@dataclass(frozen=True)
class CheckSection:
    """One check, and what it said where."""

    id: str
    text: Text
    counts: Mapping[str, int]
    bad: tuple[Verdict, ...]

    @property
    def state(self) -> str:
        return ", ".join(f"{number} {word}" for word, number in self.counts.items())


def html(report: Report) -> str:
    """The page."""
    verdicts = report.diagnosis.verdicts
    names = topics(verdicts)
    policy = f"default-src 'none'; style-src 'sha256-{_hash(_style())}'; script-src 'sha256-{_hash(_script())}'"
    return _environment().get_template("report.html").render(
        report=report,
        head=report.head,
        policy=f"{policy}; base-uri 'none'; form-action 'none'",
        style=Markup(_style()),  # noqa: S704 - our own file
        script=Markup(_script()),  # noqa: S704 - our own file
        severities=SEVERITIES,
        topics=names,
        matrix=rows(verdicts),
        targets=_targets(verdicts),
        checks=_checks(report),
        columns=columns(report.trend),
        changes=_changes(report),
        roles=sorted({role for host in report.head.hosts.values() for role in host.roles}),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"code": _code, "day": day, "few": few, "place": place, "fragment": _fragment, "meaning": meaning,
                     "since": since, "telling": telling, "roles": _roles}  # fmt: skip
    made.globals |= {"MOST_EVIDENCE": MOST_EVIDENCE, "HEIGHT": HEIGHT}
    return made


@cache
def _style() -> str:
    return (_FOLDER / "report.css").read_text("utf-8")


@cache
def _script() -> str:
    return (_FOLDER / "report.js").read_text("utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _printable(value: object) -> object:
    """Every text that goes into the page: no control character, nothing that turns the line around."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(harmless(line) for line in value.split("\n")) if "\n" in value else harmless(value)


def _code(text: str) -> Markup:
    """What stands between `backticks` as code."""
    parts = str(_printable(text)).split("`")
    shown = [Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)]
    return Markup("").join(shown)


def _fragment(name: str) -> Markup:
    """A target's or check's name as part of a link."""
    return Markup(quote(harmless(name), safe=":.@-_"))  # noqa: S704 - quoted


def _roles(hosts: Iterable[str], report: Report) -> str:
    """The roles of these hosts, for the filter."""
    known = report.head.hosts
    return " ".join(sorted({role for host in hosts if host in known for role in known[host].roles}))


def _targets(verdicts: Iterable[Verdict]) -> list[TargetSection]:
    """Hosts, endpoints, domains, observers; those with the gravest causes first."""
    said: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        said[verdict.kind, verdict.target].append(verdict)
    made = [_target(kind, name, group) for (kind, name), group in said.items()]
    return sorted(made, key=lambda t: (_KINDS.index(t.kind), RANK.get(t.worst, len(RANK)), -len(t.causes), t.name))


def _target(kind: str, name: str, verdicts: Sequence[Verdict]) -> TargetSection:
    ordered = sorted(verdicts, key=lambda v: (RANK[v.severity], v.check, v.instance or ""))

    def such(*words: str) -> list[Verdict]:
        return [verdict for verdict in ordered if verdict.verdict in words]

    skipped: dict[str, list[str]] = defaultdict(list)
    for verdict in such(SKIP):
        skipped[verdict.seen].append(_label(verdict))
    return TargetSection(
        kind,
        name,
        causes=tuple(v for v in such(FAIL) if not v.because),
        consequences=tuple(v for v in such(FAIL) if v.because),
        unknown=tuple(such(UNKNOWN)),
        waived=tuple(such(WAIVED)),
        skipped=skipped,
        passed=tuple(_label(v) for v in such(PASS))[:_MOST_NAMES],
    )


def _label(verdict: Verdict) -> str:
    return verdict.check + (f" [{verdict.instance}]" if verdict.instance is not None else "")


def _checks(report: Report) -> list[CheckSection]:
    """By topic and name; of each what is not well, the gravest first."""
    said: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in report.diagnosis.verdicts:
        said[verdict.check].append(verdict)
    return [_check(check, group, report) for check, group in sorted(said.items())]


def _check(check: str, verdicts: Sequence[Verdict], report: Report) -> CheckSection:
    first = verdicts[0]
    text = report.head.checks.get(check) or Text(first.title, first.severity, "", "", "")
    words = [verdict.verdict for verdict in verdicts]
    counts = {word: words.count(word) for word in (FAIL, UNKNOWN, WAIVED, PASS, SKIP) if word in words}
    bad = [v for v in verdicts if v.verdict in (FAIL, UNKNOWN, WAIVED)]
    order = (FAIL, UNKNOWN, WAIVED)
    bad.sort(key=lambda v: (order.index(v.verdict), bool(v.because), v.target, v.instance or ""))
    return CheckSection(check, text, counts, tuple(bad))


def _changes(report: Report) -> list[tuple[str, list[Verdict]]]:
    """What became of the baseline's verdicts, by class."""
    if not report.changes:
        return []
    shown = (Change.NEW_FAILURE, Change.NEW_UNKNOWN, Change.LOST, Change.FIXED)
    groups = [(str(change), [item.verdict for item in report.changes.of(change)]) for change in shown]
    return [(change, group) for change, group in groups if group]
