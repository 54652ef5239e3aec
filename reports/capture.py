"""Looks at a state until two looks agree, so that what flaps is not taken for what a change has done."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.verdict import FAIL, UNKNOWN
from reports.exits import Exit
from reports.gate import Gate
from reports.render import write_record, write_reports
from reports.report import again
from reports.verdicts import Record, read_run

_FOLDER = re.compile(r"^report: (.+)$", re.MULTILINE)
# An audit that ended in one of these has a record; any other status says that there is nothing to compare.
_JUDGED = frozenset({Exit.CLEAN, Exit.FAILURE, Exit.UNKNOWN})


class NotCaptured(RuntimeError):
    """The audit did not come to its end; its own words have been shown. status: its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the audit ended with status {status}: nothing was captured")
        self.status = status


@dataclass(frozen=True)
class Capture:
    """runs: all looks, oldest first. agreed: the last two say the same. status: what it ends with."""

    runs: tuple[Record, ...]
    agreed: bool
    status: int

    @property
    def last(self) -> Record:
        return self.runs[-1]


def capture(options: Sequence[str], most: int | None) -> Capture:
    """Audit with these options of pytest until two runs agree. most: looks; by default the policy's capture_tries.

    A run that agrees with an earlier one and not with that between them has come back: something flaps.
    Raises NotCaptured.
    """
    runs: list[Record] = []
    while True:
        status, record = _look(options)
        agreed = bool(runs) and alike(record, runs[-1])
        again_so = any(alike(record, before) for before in runs)
        runs.append(record)
        if again_so or len(runs) >= (most or int(record.head.policy.get("capture_tries", 4))):
            return Capture(tuple(runs), agreed, status if agreed else _flapping(runs))


def _look(options: Sequence[str]) -> tuple[int, Record]:
    argv = [sys.executable, "-m", "pytest", "checks", *options]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False, cwd=Path(__file__).parent.parent)
    text = done.stdout.decode("utf-8", "backslashreplace")
    sys.stdout.write(text)
    sys.stdout.flush()
    folder = _FOLDER.search(text)
    if done.returncode not in _JUDGED or folder is None:
        raise NotCaptured(done.returncode)
    return done.returncode, read_run(Path(__file__).parent.parent / folder[1])


def alike(one: Record, other: Record) -> bool:
    """Whether both name the same root causes and see the same."""
    return roots(one) == roots(other)


def roots(record: Record) -> frozenset[tuple[str, str]]:
    """References of what failed or was not seen, and which of the two, without what something else explains."""
    return frozenset(
        (v.reference, v.verdict) for v in record.verdicts if v.verdict in (FAIL, UNKNOWN) and not v.because
    )


def disagreed(one: Record, other: Record) -> list[str]:
    """What the one run says and the other does not."""
    return sorted({reference for reference, _ in roots(one) ^ roots(other)})


def _flapping(runs: Sequence[Record]) -> int:
    """The last two do not agree: its reports are written again, with what flaps shown as such."""
    last = runs[-1]
    baselines = [read_run(Path(path)) for path in last.head.baseline]
    report = again(last, baselines, Gate.of(last.head), captures=runs[:-1], anyway=True)
    write_record(report)
    _, troubles = write_reports(report, last.folder)
    sys.stdout.writelines(f"{trouble}\n" for trouble in troubles)
    return Exit.INTERNAL if troubles else report.exit


def told(made: Capture) -> list[str]:
    """What a person is told of it. The last line names the folder, for scripts."""
    number = len(made.runs)
    if made.agreed:
        said = f"captured {number} times: the last two say the same"
    else:
        flapping = disagreed(made.runs[-1], made.runs[-2]) if number > 1 else []
        said = f"captured {number} times, and the last two do not agree: flapping {', '.join(flapping[:10])}"
    return [said, *(f"capture: {record.folder}" for record in made.runs)]
