"""results.jsonl, the one record of a run: read from what was streamed while judging, written once, atomically."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from checks.run import VERDICTS
from checks.verdict import Verdict, read
from reports.head import HEAD, Head, guessed, read_head

RESULTS = "results.jsonl"
# What was seen, longer than this, is no sentence any more; the transcript has the whole.
MOST_SEEN = 4000


class BadRecord(ValueError):
    """A run's record cannot be used; the message says which, where and why, in one line."""


@dataclass(frozen=True)
class Record:
    """One run as it was kept. folder: where, for its transcripts; headless: its run.json is missing."""

    folder: Path
    head: Head
    verdicts: tuple[Verdict, ...]
    headless: bool = False


def read_run(path: Path) -> Record:
    """The run in this folder, or of this results.jsonl. Raises BadRecord."""
    file = path if path.is_file() else path / RESULTS
    try:
        verdicts = _verdicts(file)
        head = read_head(file.parent) if file.name == RESULTS else None
    except OSError as error:
        raise BadRecord(f"{path}: no record of a run: {error.strerror} ({file.name})") from error
    except BadRecord:
        raise
    except ValueError as error:  # torn JSON, another version, not UTF-8
        raise BadRecord(f"{file.parent / HEAD if file.name == RESULTS else file}: {error}") from error
    site = file.resolve().parent.parent.name
    return Record(file.resolve().parent, head or guessed(site, verdicts), verdicts, headless=head is None)


def _verdicts(file: Path) -> tuple[Verdict, ...]:
    """Strictly: a record with a torn line is no record. Lines end in \\n and nothing else."""
    with file.open(encoding="utf-8", newline="\n") as lines:
        try:
            verdicts = tuple(_strictly(file, number, line) for number, line in enumerate(lines, start=1))
        except UnicodeDecodeError as error:
            raise BadRecord(f"{file}: {error}") from error
    if not verdicts:
        raise BadRecord(f"{file}: the record is empty")
    return verdicts


def _strictly(file: Path, number: int, line: str) -> Verdict:
    if not line.endswith("\n"):
        raise BadRecord(f"{file}: the record is torn: its last line has no end")
    try:
        return read(line)
    except ValueError as error:
        raise BadRecord(f"{file}: line {number} is torn or of another version: {error}") from error


def streamed(folder: Path) -> list[Verdict]:
    """The verdicts of a run as its processes wrote them. A line torn by a crash is left out."""
    verdicts = []
    for path in sorted(folder.glob(f"*{VERDICTS}")):
        with path.open(encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            for line in file:
                try:
                    verdicts.append(_short(read(line)))
                except ValueError:
                    continue
    return verdicts


def _short(verdict: Verdict) -> Verdict:
    more = len(verdict.seen) - MOST_SEEN
    return replace(verdict, seen=f"{verdict.seen[:MOST_SEEN]} … ({more} characters more)") if more > 0 else verdict


def write_atomically(path: Path, text: str | Iterable[str], mode: int = 0o600) -> None:
    """The file is either the old one or the whole new one, also on a full disk. Raises OSError."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            os.fchmod(descriptor, mode)
            file.writelines((text,) if isinstance(text, str) else text)
            file.flush()
            os.fsync(descriptor)
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def write_results(folder: Path, verdicts: Iterable[Verdict]) -> None:
    """Write results.jsonl and remove the streams it was made from."""
    write_atomically(folder / RESULTS, (f"{verdict.line()}\n" for verdict in verdicts))
    for path in folder.glob(f"*{VERDICTS}"):
        path.unlink()


def point_latest(folder: Path) -> None:
    """out/<site>/latest -> the newest finished run, changed in one step."""
    waiting = folder.parent / f".latest.{os.getpid()}"
    waiting.unlink(missing_ok=True)
    waiting.symlink_to(folder.name)
    waiting.replace(folder.parent / "latest")
