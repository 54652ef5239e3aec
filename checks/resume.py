"""Going on with an interrupted run: what was answered is kept, and only what is missing is asked (`--resume DIR`)."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from checks.evidence.transcript import Transcript

# Notes that a run was stopped (a killed one has no record at all).
INTERRUPTED = "interrupted"
# Answers that are none: of a host that was lost, or of whatever did not answer in time.
_NO_ANSWER = re.compile(r"unreachable: |no observer|timed out|silent for|not at its end|no exit status")


class NotResumable(ValueError):
    """The run in this folder cannot be gone on with; the message says why."""


def answered(before: Transcript) -> Transcript:
    """The transcript without what did not answer then."""
    known = {q: a for target in before.targets() for q, a in before.answers(target).items()}
    return Transcript(before.clock, {q: a for q, a in known.items() if not _NO_ANSWER.match(a.outcome)})


def hold(folder: Path) -> None:
    """Keep every other audit out of this folder until this process ends, however it ends. Raises NotResumable."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise NotResumable(f"--resume {folder}: another audit is at work there: wait until it has ended") from error
    except OSError:  # a file system that knows no such locks, or no such folder, which is told elsewhere
        return


def go_on(folder: Path, inventory: str, kept: Path, verdicts: str) -> None:
    """Make the folder ready. inventory: as it would be kept today; verdicts: glob of what was judged before.

    Raises NotResumable.
    """
    interrupted = folder / INTERRUPTED
    if (folder / "results.jsonl").exists() and not interrupted.exists():
        raise NotResumable(f"--resume {folder}: that run came to its end; judge it again with --replay")
    try:
        before = kept.read_text("utf-8")
    except OSError as error:
        raise NotResumable(f"--resume {folder}: {kept.name}: {error.strerror}") from error
    if before != inventory:
        raise NotResumable(f"--resume {folder}: the inventory is not the one of that run: begin a new one")
    interrupted.unlink(missing_ok=True)
    for old in folder.glob(verdicts):
        old.unlink()
