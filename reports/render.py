"""Writes every report of a run into its folder, each from the same record; one writer a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.customers import customers
from reports.head import HEAD
from reports.html import html
from reports.junit import files
from reports.markdown import markdown
from reports.prometheus import prometheus
from reports.report import Report
from reports.sarif import sarif
from reports.table import table
from reports.verdicts import RESULTS, write_atomically, write_results

JUNIT = "junit.xml"


@dataclass(frozen=True)
class Writer:
    """One report. file: its name in the run's folder. mode: who may read it; what holds evidence is its owner's."""

    file: str
    text: Callable[[Report], str | Iterable[str]]
    mode: int = 0o600


# Beside results.jsonl and junit.xml. The first two are always written, the others where they are asked for.
WRITERS: Mapping[str, Writer] = {
    "html": Writer("report.html", html),
    "summary": Writer("summary.md", markdown),
    "csv": Writer("results.csv", table),
    "prometheus": Writer("mailassay.prom", prometheus, 0o644),
    "sarif": Writer("report.sarif", sarif),
    "customers": Writer("customers.md", customers),
}
ALWAYS = ("html", "summary")


class BadReport(ValueError):
    """A report is asked for that does not exist; the message says which there are."""


def read_also(words: Iterable[str]) -> dict[str, Path | None]:
    """The reports that ``NAME`` or ``NAME=FILE`` ask for besides. Raises BadReport."""
    found: dict[str, Path | None] = {}
    for word in words:
        name, _, path = word.partition("=")
        if name not in WRITERS:
            raise BadReport(f"--also {name}: there is no such report; there are {', '.join(WRITERS)}")
        found[name] = Path(path).expanduser().resolve() if path else None
    return found


def write_record(report: Report) -> list[str]:
    """results.jsonl and run.json, before all else: from these every other report can be made again. Raises OSError."""
    folder = report.record.folder
    write_atomically(folder / HEAD, report.head.text())
    write_results(folder, report.record.verdicts)
    return [RESULTS]


def write_reports(
    report: Report, folder: Path, roll_up: str = "auto", also: Mapping[str, Path | None] | None = None
) -> tuple[list[str], list[str]]:
    """All other reports; their names, and what went wrong with any. Every file is the old one or the whole new one."""
    names: list[str] = []
    troubles: list[str] = []
    for name, write in _writing(report, folder, roll_up, also or {}):
        try:
            names += write()
        except OSError as error:
            troubles.append(f"{name} could not be written: {error.strerror}: {error.filename or folder}")
        except Exception as error:  # noqa: BLE001 - a bug in one report must not cost the others
            troubles.append(f"{name} could not be made, please report it: {type(error).__name__}: {error}")
    return names, troubles


_Write = Callable[[], Sequence[str]]


def _writing(
    report: Report, folder: Path, roll_up: str, also: Mapping[str, Path | None]
) -> Iterator[tuple[str, _Write]]:
    yield JUNIT, lambda: _write_junit(report, folder, roll_up)
    for name in dict.fromkeys((*ALWAYS, *also)):
        writer = WRITERS[name]
        path = also.get(name) or folder / writer.file
        yield str(path), _one(writer, report, path, folder)


def _one(writer: Writer, report: Report, path: Path, folder: Path) -> _Write:
    def write() -> Sequence[str]:
        write_atomically(path, writer.text(report), writer.mode)
        return [path.name if path.parent == folder else str(path)]

    return write


def _write_junit(report: Report, folder: Path, roll_up: str) -> list[str]:
    """junit.xml, and junit-2.xml … where a CI system would not take one file; parts of an earlier rendering go."""
    names: list[str] = []
    for number, text in enumerate(files(report, roll_up), start=1):
        names.append(JUNIT if number == 1 else f"junit-{number}.xml")
        write_atomically(folder / names[-1], text)
    for path in folder.glob("junit-*.xml"):
        if path.name not in names:
            path.unlink()
    return names
