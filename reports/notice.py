"""Tells somebody when something changed since the last run, and only then: new and fixed, through a site's command.

The command (``--hook``) is run by sh with the text on its standard input, and with MAILASSAY_SUBJECT,
MAILASSAY_SITE, MAILASSAY_NEW, MAILASSAY_FIXED and MAILASSAY_REPORT in its environment:

    mail -s "$MAILASSAY_SUBJECT" postmaster@example.org
    curl -fsS -H 'Content-Type: application/json' --data-binary @- https://chat.example.org/hooks/…    (--as json)
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.verdict import FAIL, Verdict
from reports.body import body, day, line
from reports.compare import Change, Changed, Changes, compare
from reports.harmless import harmless
from reports.history import FLAPPING, earlier
from reports.report import Report
from reports.trend import comparable_heads
from reports.verdicts import read_run

_PATIENCE = 120
_MOST_IN_FULL = 20


class HookFailed(RuntimeError):
    """The site's command failed; the message says how."""


@dataclass(frozen=True)
class Notice:
    """What somebody should hear of. new: failures, unknowns; fixed: what was told before and is gone."""

    report: Report
    new: tuple[Verdict, ...]
    fixed: tuple[Verdict, ...]
    absent_hosts: tuple[str, ...] = ()
    since: str = ""

    @property
    def subject(self) -> str:
        absent = f"{len(self.absent_hosts)} hosts absent, " if self.absent_hosts else ""
        what = (
            f"{absent}{len(self.new)} new, {len(self.fixed)} fixed, {len(self.report.diagnosis.causes)} to mend in all"
        )
        return harmless(f"mail audit of {self.report.head.site}: {what}")

    def text(self) -> str:
        """For mail."""
        return "".join(f"{each}\n" for each in self._lines())

    def json(self) -> str:
        """For web hooks; chat systems show ``text``."""
        rows = {"new": [_row(v) for v in self.new], "fixed": [_row(v) for v in self.fixed]}
        said = {"text": f"{self.subject}\n{self.text()}", "subject": self.subject, "site": self.report.head.site}
        return json.dumps({**said, **rows, "absent_hosts": self.absent_hosts}) + "\n"

    def _lines(self) -> Iterator[str]:
        before = day(self.since) if self.since else "nothing: it is the first run"
        yield f"{day(self.report.head.clock)}, compared with {before}"
        yield from (f"\nABSENT HOST  {harmless(host)}" for host in self.absent_hosts)
        for verdict in self.new[:_MOST_IN_FULL]:
            yield "\nNEW"
            yield from body(verdict, self.report)
        if len(self.new) > _MOST_IN_FULL:
            yield f"\nand {len(self.new) - _MOST_IN_FULL} more new ones"
        if self.fixed:
            yield "\nFIXED"
        yield from (f"  {harmless(verdict.reference)}" for verdict in self.fixed)
        yield f"\nreport: {self.report.record.folder}/report.html"


def _row(verdict: Verdict) -> dict[str, str]:
    return {"reference": verdict.reference, "severity": verdict.severity, "seen": line(verdict)}


def notice(report: Report) -> Notice | None:
    """What changed since the last kept run of the same part of the fleet; None if that is nothing."""
    changes = _since_last(report)
    if changes is None:
        made = Notice(report, tuple(v for v in report.diagnosis.causes if v.reference not in report.let_pass), ())
    else:
        made = Notice(report, tuple(_new(changes, report)), tuple(_fixed(changes)), changes.absent_hosts, changes.since)
    return made if made.new or made.fixed or made.absent_hosts else None


def _since_last(report: Report) -> Changes | None:
    for past in earlier(report.record.folder, report.head.clock) if report.head.clock else ():
        if len(comparable_heads((past.head, report.head))) == 2:
            return compare([read_run(past.folder)], report.record, anyway=True)
    return None


def _new(changes: Changes, report: Report) -> Iterator[Verdict]:
    for item in changes.items:
        fresh = item.change in (Change.NEW_FAILURE, Change.NEW_UNKNOWN) and not _flaps(item)
        if fresh and item.verdict.reference not in report.let_pass:
            yield item.verdict


def _fixed(changes: Changes) -> Iterator[Verdict]:
    """Mended, and what failed and cannot be found any more."""
    for item in changes.items:
        gone = item.change is Change.LOST and item.before is not None and item.before.verdict == FAIL
        if (item.change is Change.FIXED or gone) and not _flaps(item):
            yield item.verdict


def _flaps(item: Changed) -> bool:
    """What comes and goes has been told often enough."""
    return any(verdict is not None and verdict.flaps >= FLAPPING for verdict in (item.before, item.now))


def send(told: Notice, hook: str, form: str) -> None:
    """Hand it to the site's command. Raises HookFailed."""
    environment = {
        **os.environ,
        "MAILASSAY_SUBJECT": told.subject,
        "MAILASSAY_SITE": harmless(told.report.head.site),
        "MAILASSAY_NEW": str(len(told.new)),
        "MAILASSAY_FIXED": str(len(told.fixed)),
        "MAILASSAY_REPORT": str(Path(told.report.record.folder) / "report.html"),
    }
    text = told.json() if form == "json" else told.text()
    try:
        done = subprocess.run(["sh", "-c", hook], input=text.encode("utf-8", "replace"), env=environment,
                              stderr=subprocess.PIPE, timeout=_PATIENCE, check=False)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise HookFailed(f"--hook took longer than {_PATIENCE} s and was stopped") from error
    if done.returncode:
        said = harmless(" ".join(done.stderr.decode("utf-8", "replace").split()), 300)
        raise HookFailed(f"--hook ended with status {done.returncode}: {said}")
