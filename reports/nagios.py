"""One line and an exit status for Nagios, Icinga and what else runs monitoring plugins, from the latest run."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import IntEnum

from checks.catalogue import SEVERITIES
from reports.harmless import harmless
from reports.history import moment
from reports.report import Report


class State(IntEnum):
    """Exit statuses of monitoring plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def nagios(report: Report, now: datetime, most_hours: float) -> tuple[State, str]:
    """The state, and the line with its performance figures. A run older than most_hours tells nothing of today."""
    counting = [cause for cause in report.diagnosis.causes if cause.reference not in report.let_pass]
    unseen = [verdict for verdict in report.diagnosis.unseen if verdict.reference not in report.let_pass]
    by_severity = Counter(cause.severity for cause in counting)
    hours = (now - moment(report.head.clock)).total_seconds() / 3600 if report.head.clock else float("inf")
    figures = [
        f"causes={len(counting)};;;0",
        *(f"{s}={by_severity[s]};;;0" for s in SEVERITIES),
        f"unseen={len(unseen)};;;0",
    ]
    if hours > most_hours:
        state, said = State.UNKNOWN, f"the last run is {hours:.0f} hours old (at most {most_hours:g})"
    elif counting:
        grave = by_severity["critical"] + by_severity["high"]
        state = State.CRITICAL if grave else State.WARNING
        worst = report.findings[0] if report.findings[0].causes[0] in counting else None
        first = worst.causes[0] if worst else counting[0]
        counted = ", ".join(f"{by_severity[s]} {s}" for s in SEVERITIES if by_severity[s])
        said = f"{counted}; {first.reference}: {' '.join(first.seen.split())}"
    elif unseen:
        state, said = (
            State.UNKNOWN,
            f"{len(unseen)} not seen; {unseen[0].reference}: {' '.join(unseen[0].seen.split())}",
        )
    else:
        state, said = State.OK, f"{len(report.head.hosts)} hosts, nothing to mend"
    # A bar begins the performance figures, so the text must hold none.
    return state, f"MAIL {state.name} - {harmless(said, 300).replace('|', '/')} | {' '.join(figures)}"
