"""mailassay.prom: the run as metrics, for node_exporter's textfile collector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from checks.catalogue import SEVERITIES
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED
from reports.harmless import harmless
from reports.history import moment
from reports.report import Report

# Each root cause is a series of its own; more than these would harm the database, and the sums tell the rest.
MOST_CAUSES = 2000
_FLOW = {"yes": 1, "no": 0, "unknown": -1}

_Samples = Iterable[tuple[Mapping[str, str], float]]


def prometheus(report: Report) -> str:
    """The file, in the text exposition format."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    for name, meaning, samples in _metrics(report):
        yield f"# HELP mailassay_{name} {meaning}"
        yield f"# TYPE mailassay_{name} gauge"
        for labels, value in samples:
            shown = {"site": report.head.site, **labels}
            text = ",".join(f'{key}="{_escaped(each)}"' for key, each in shown.items())
            yield f"mailassay_{name}{{{text}}} {value:.15g}"


def _metrics(report: Report) -> Iterator[tuple[str, str, _Samples]]:
    head, diagnosis = report.head, report.diagnosis
    words = Counter(verdict.verdict for verdict in diagnosis.verdicts)
    by_severity = Counter(cause.severity for cause in diagnosis.causes)
    yield (
        "run_timestamp_seconds",
        "When the evidence was gathered.",
        [({}, moment(head.clock).timestamp() if head.clock else 0)],
    )
    yield "exit_status", "Exit status of the audit (python -m reports exits).", [({}, report.exit.value)]
    yield "hosts", "Hosts audited.", [({}, len(head.hosts))]
    yield "verdicts", "Verdicts by word.", [({"verdict": w}, words[w]) for w in (PASS, FAIL, SKIP, WAIVED, UNKNOWN)]
    yield "causes", "Root causes by severity.", [({"severity": s}, by_severity[s]) for s in SEVERITIES]
    yield "unseen", "Root unknowns: what could not be looked at.", [({}, len(diagnosis.unseen))]
    yield (
        "mail_flow",
        "Is mail flowing: 1 yes, 0 no, -1 unknown.",
        [({"question": f.question}, _FLOW[f.state]) for f in report.flow],
    )
    if report.changes:
        yield "regressions", "What is worse than in the baseline.", [({}, len(report.changes.regressions))]
    yield "host_causes", "Root causes by host that they touch.", _by_host(report)
    yield "cause", "One root cause each; its value says since when it is known.", _causes(report)


def _by_host(report: Report) -> _Samples:
    found = Counter(host for cause in report.diagnosis.causes for host in cause.hosts)
    return [({"host": host}, found[host]) for host in report.head.hosts]


def _causes(report: Report) -> _Samples:
    for cause in report.diagnosis.causes[:MOST_CAUSES]:
        labels = {
            "check": cause.check,
            "target": cause.target,
            "part": cause.instance or "",
            "severity": cause.severity,
        }
        yield labels, moment(cause.since).timestamp() if cause.since else 0


def _escaped(text: str) -> str:
    return harmless(text, 200).replace("\\", "\\\\").replace('"', '\\"')
