"""Verdicts, records and reports for tests, with as few words as possible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checks.verdict import FAIL, PASS, UNKNOWN, Verdict
from reports.gate import Gate
from reports.head import Head, HostEntry, Text
from reports.render import write_record
from reports.report import Report, conclude
from reports.verdicts import Record

CLOCK = "2026-11-23T02:00:00+00:00"
FIX = "`postconf -e x=y && postfix reload`."


def verdict(reference: str, said: str = FAIL, seen: str = "seen", **more: Any) -> Verdict:
    """``check@target[instance]``; a target with a port is an endpoint."""
    check, _, rest = reference.partition("@")
    target, _, instance = rest.partition("[")
    kind = more.pop("kind", "endpoint" if target.rpartition(":")[2].isdecimal() else "host")
    hosts = more.pop("hosts", (target.partition(".")[0].partition(":")[0],) if kind != "domain" else ())
    fields = {"severity": "high", "title": "It is as it must be.", **more}
    return Verdict(check, target, kind, instance.rstrip("]") or None, said, seen=seen, hosts=hosts, **fields)


def head(*hosts: str, **more: Any) -> Head:
    fields: dict[str, Any] = {
        "site": "acme",
        "clock": CLOCK,
        "hosts": {name: HostEntry(("mx",)) for name in hosts or ("mx1",)},
    }
    return Head(**{**fields, **more})


def texts(*verdicts: Verdict) -> dict[str, Text]:
    return {v.check: Text(v.title, v.severity, "RFC 5321 §4.3.2: it says so.", "Mail waits.", FIX) for v in verdicts}


def record(*verdicts: Verdict, folder: Path = Path("/nonexistent/acme/run"), of: Head | None = None) -> Record:
    names = sorted({host for v in verdicts for host in v.hosts})
    of = of or head(*names)
    checks = {**texts(*verdicts), **of.checks}
    return Record(folder, Head(**{**vars(of), "checks": checks}), verdicts)


def report(
    *verdicts: Verdict, of: Head | None = None, baselines: tuple[Record, ...] = (), gate: Gate | None = None
) -> Report:
    return conclude(record(*verdicts, of=of), None, baselines, gate or Gate())


def kept(site: Path, clock: str, *verdicts: Verdict, **more: Any) -> Record:
    """A run written to disk as an audit would leave it; the clock is ISO."""
    folder = site / clock.replace("-", "").replace(":", "").replace("+0000", "Z")
    folder.mkdir(parents=True)
    names = sorted({host for v in verdicts for host in v.hosts})
    done = conclude(record(*verdicts, folder=folder, of=head(*names, clock=clock, **more)), None, (), Gate())
    write_record(done)
    return done.record


__all__ = ["CLOCK", "FAIL", "PASS", "UNKNOWN", "head", "kept", "record", "report", "texts", "verdict"]
