"""results.csv: every verdict as a row, for spreadsheets (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from checks.verdict import FAIL, UNKNOWN, Verdict
from reports.harmless import harmless
from reports.report import Report

COLUMNS = ("check", "severity", "target", "kind", "instance", "verdict", "root", "seen", "title", "hosts", "seen_from",
           "side", "because", "excused", "since", "command")  # fmt: skip
# A spreadsheet takes a cell that begins with one of these for a formula, and what a server said for its own.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(report: Report) -> Iterator[str]:
    """The rows, the header first; one at a time, since a large fleet's are a hundred megabytes."""
    yield _row(COLUMNS)
    for verdict in report.diagnosis.verdicts:
        yield _row([_cell(_value(verdict, name)) for name in COLUMNS])


def _row(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _value(verdict: Verdict, name: str) -> str:
    if name == "root":
        return "yes" if verdict.verdict in (FAIL, UNKNOWN) and not verdict.because else ""
    value = getattr(verdict, name)
    return " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _cell(text: str) -> str:
    shown = harmless(" ".join(text.split()))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
