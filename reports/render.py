"""Writes every report of a run into its folder, each from the same record; one writer a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from reports.head import HEAD
from reports.junit import junit
from reports.report import Report
from reports.verdicts import RESULTS, write_atomically, write_results

JUNIT = "junit.xml"

# Each file beside results.jsonl and junit*.xml, and what makes its text.
WRITERS: Mapping[str, Callable[[Report], str]] = {}


def write_record(report: Report) -> list[str]:
    """results.jsonl and run.json, before all else: from these every other report can be made again. Raises OSError."""
    folder = report.record.folder
    write_atomically(folder / HEAD, report.head.text())
    write_results(folder, report.record.verdicts)
    return [RESULTS]


def write_reports(report: Report, folder: Path, roll_up: str = "auto") -> list[str]:
    """All other reports; their names. Raises OSError; every file is then the old one or the whole new one."""
    names = _write_junit(report, folder, roll_up)
    for name, writer in WRITERS.items():
        write_atomically(folder / name, writer(report))
        names.append(name)
    return names


def _write_junit(report: Report, folder: Path, roll_up: str) -> list[str]:
    """junit.xml, and junit-2.xml … where a CI system would not take one file; parts of an earlier rendering go."""
    texts = junit(report, roll_up)
    names = [JUNIT if number == 1 else f"junit-{number}.xml" for number in range(1, len(texts) + 1)]
    for name, text in zip(names, texts, strict=True):
        write_atomically(folder / name, text)
    for path in folder.glob("junit-*.xml"):
        if path.name not in names:
            path.unlink()
    return names
