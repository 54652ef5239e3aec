"""Is it safe to start changing a host? Told from a run that has just been made, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from checks.evidence import own_table
from checks.verdict import FAIL, UNKNOWN, Verdict
from reports.body import line
from reports.report import Report
from reports.verdicts import BadRecord

# Nobody else's mail depends on a host that has one of these roles alone.
_FOR_ITSELF = frozenset({"null-client", "client"})


@cache
def _questions() -> Mapping[str, tuple[str, ...]]:
    table = own_table.read(Path(__file__).with_name("preflight.yml"))
    return {question: tuple(globs) for question, globs in table.items()}


def obstacles(report: Report, host: str) -> list[str]:
    """Why the host should not be changed now, a line each. Raises BadRecord for a host that the run lacks."""
    if host not in report.head.hosts:
        raise BadRecord(f"{report.record.folder} did not look at {host}")
    mine = [v for v in report.diagnosis.verdicts if host in v.hosts and v.kind in ("host", "endpoint")]
    return list(dict.fromkeys((*_open(mine), *_questionable(mine), *_nobody_else(report, host))))


def _open(mine: list[Verdict]) -> Iterator[str]:
    for verdict in mine:
        if verdict.verdict == FAIL and not verdict.because and verdict.severity == "critical":
            yield f"a critical failure is open: {verdict.reference}: {line(verdict)}"
        if verdict.verdict == UNKNOWN and not verdict.because and verdict.check == "hosts.reached":
            yield f"it cannot be looked at: {line(verdict)}"


def _questionable(mine: list[Verdict]) -> Iterator[str]:
    """What is unknown is no yes: who changes a host must know where it stood."""
    for question, globs in _questions().items():
        for verdict in mine:
            if verdict.verdict in (FAIL, UNKNOWN) and any(fnmatchcase(verdict.check, glob) for glob in globs):
                yield f"not so: {question}: {verdict.reference}: {line(verdict)}"


def _nobody_else(report: Report, host: str) -> Iterator[str]:
    """Of each role of the host: with this one away as well, no more may be missing than policy allows."""
    share = float(report.head.policy.get("change_share_percent", 50))
    sick = {name for v in _grave(report) for name in v.hosts}
    for role in report.head.hosts[host].roles:
        of = {name for name, entry in report.head.hosts.items() if role in entry.roles}
        away = (of & sick) | {host}
        if role not in _FOR_ITSELF and 100 * len(away) > share * len(of):
            why = f" ({', '.join(sorted(away - {host}))} not healthy)" if len(away) > 1 else ""
            left = f"{len(of - away)} of {len(of)} hosts of role {role} are left{why}"
            yield f"without it {left}; policy lets {share:g} % be away (mailassay_change_share_percent)"


def _grave(report: Report) -> Iterator[Verdict]:
    """What keeps a host from taking over: critical and high failures, and that nobody could log in to it."""
    yield from (
        v for v in report.diagnosis.causes if v.severity in ("critical", "high") and v.kind in ("host", "endpoint")
    )
    yield from (v for v in report.diagnosis.unseen if v.check == "hosts.reached")
