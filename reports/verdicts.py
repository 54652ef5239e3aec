"""results.jsonl, the one record of a run: read from what was streamed while judging, written once, atomically."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from checks.run import VERDICTS
from checks.verdict import Verdict, read

RESULTS = "results.jsonl"


def streamed(folder: Path) -> list[Verdict]:
    """The verdicts of a run as its processes wrote them. A line torn by a crash is left out."""
    verdicts = []
    for path in sorted(folder.glob(f"*{VERDICTS}")):
        for line in path.read_text("utf-8").splitlines():
            try:
                verdicts.append(read(line))
            except ValueError:
                continue
    return verdicts


def write_atomically(path: Path, text: str) -> None:
    """The file is either the old one or the whole new one, also on a full disk."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def write_results(folder: Path, verdicts: Iterable[Verdict]) -> None:
    """Write results.jsonl and remove the streams it was made from."""
    write_atomically(folder / RESULTS, "".join(f"{verdict.line()}\n" for verdict in verdicts))
    for path in folder.glob(f"*{VERDICTS}"):
        path.unlink()


def point_latest(folder: Path) -> None:
    """out/<site>/latest -> the newest finished run, changed in one step."""
    waiting = folder.parent / f".latest.{os.getpid()}"
    waiting.unlink(missing_ok=True)
    waiting.symlink_to(folder.name)
    waiting.replace(folder.parent / "latest")
