"""Retention: deletes the oldest runs of a site, and the transcripts of runs that are older than policy allows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from checks.run import INVENTORY, TRANSCRIPTS
from reports.head import HEAD, read_head
from reports.history import RUN_NAME, moment
from reports.verdicts import RESULTS

_NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Pruned:
    """runs: folders deleted. transcripts: folders whose transcripts were deleted."""

    runs: tuple[Path, ...]
    transcripts: tuple[Path, ...]


def prune(site: Path, keep_runs: int, transcripts_days: int, now: datetime) -> Pruned:
    """Keep that many runs, the newest, and what `latest` points to. Only folders that a run made are ever touched.

    Raises OSError.
    """
    latest = (site / "latest").resolve()
    runs = sorted((path for path in site.iterdir() if _is_run(path)), key=_age_key, reverse=True)
    gone = tuple(path for path in runs[max(1, keep_runs) :] if path.resolve() != latest)
    for path in gone:
        shutil.rmtree(path)
    cut = tuple(path for path in runs if path not in gone and _stale(path, transcripts_days, now))
    for path in cut:
        shutil.rmtree(path / TRANSCRIPTS)
    return Pruned(gone, cut)


def _is_run(path: Path) -> bool:
    """A folder with a run's name that holds what a run writes; never a link."""
    if path.is_symlink() or not path.is_dir() or not RUN_NAME.fullmatch(path.name):
        return False
    return any((path / name).is_file() for name in (RESULTS, INVENTORY, HEAD))


def _age_key(path: Path) -> tuple[str, int]:
    stem, _, number = path.name.partition("-")
    return stem, int(number or 0)


def _stale(path: Path, days: int, now: datetime) -> bool:
    folder = path / TRANSCRIPTS
    return folder.is_dir() and not folder.is_symlink() and now - _taken(path) > timedelta(days=days)


def _taken(path: Path) -> datetime:
    """When the evidence was taken: a replay holds evidence that is older than its folder."""
    try:
        head = read_head(path)
        if head is not None:
            return moment(head.clock)
    except (OSError, ValueError):
        pass
    return moment(datetime.strptime(path.name.partition("-")[0], _NAME).isoformat())  # noqa: DTZ007 - moment() says UTC
