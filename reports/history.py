"""The runs that were kept beside this one: since when a cause is there, how often it came and went, and trends."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from checks.verdict import FAIL, PASS, UNKNOWN, WAIVED, Verdict, read
from reports.diagnosis import Diagnosis
from reports.head import Head, read_head
from reports.verdicts import RESULTS

# Runs looked back on; what is older is carried over by the `since` of the oldest of them.
LOOK_BACK = 14
# Runs whose heads make the trend: a season of nights.
TREND = 90
# A verdict that changed at least so often over them is flapping.
FLAPPING = 3
RUN_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_START = re.compile(
    r'\{"check": "([^"\\]*)", "target": "([^"\\]*)", "kind": "[^"\\]*", "instance": (?:null|"([^"\\]*)")'
)


@dataclass(frozen=True)
class Past:
    """An earlier run of the same site, whose record is whole."""

    folder: Path
    head: Head


def earlier(folder: Path, clock: str, most: int = TREND) -> list[Past]:
    """The kept runs of this site before that time, newest first. Replays saw nothing themselves, and do not count."""
    now = moment(clock)
    found: dict[datetime, Past] = {}
    for path in folder.parent.iterdir() if folder.parent.is_dir() else ():
        past = _past(path) if RUN_NAME.fullmatch(path.name) and path.name != folder.name else None
        if past and (when := moment(past.head.clock)) < now:
            found[when] = past
    return [found[when] for when in sorted(found, reverse=True)[:most]]


def moment(clock: str) -> datetime:
    """A run's time, aware. Raises ValueError."""
    when = datetime.fromisoformat(clock)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _past(path: Path) -> Past | None:
    """A torn or foreign run beside ours is passed over: it must not stop this one."""
    try:
        head = read_head(path) if (path / RESULTS).is_file() else None
        if head is None or "replay" in head.selection:
            return None
        moment(head.clock)
    except (OSError, ValueError):
        return None
    return Past(path, head)


def with_history(diagnosis: Diagnosis, clock: str, past: Sequence[Past]) -> Diagnosis:
    """The root causes and root unknowns with ``since``, ``last_without`` and ``flaps``."""
    asked = [v for v in diagnosis.verdicts if v.verdict in (FAIL, WAIVED, UNKNOWN) and not v.because]
    wanted = {v.reference for v in asked}
    looks = [(run.head.clock, _verdicts(run.folder, wanted)) for run in past[:LOOK_BACK]] if wanted else []
    told = {v.reference: _since(v, clock, looks) for v in asked}
    return replace(diagnosis, verdicts=tuple(told.get(v.reference, v) for v in diagnosis.verdicts))


def _verdicts(folder: Path, wanted: Collection[str]) -> dict[str, Verdict]:
    """Those verdicts of a kept run that are asked for; other lines are not even parsed."""
    found = {}
    with (folder / RESULTS).open(encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        for line in file:
            if _reference(line) not in wanted:
                continue
            try:
                verdict = read(line)
            except ValueError:
                continue
            found[verdict.reference] = verdict
    return found


def _reference(line: str) -> str:
    match = _START.match(line)
    if match is None:
        try:
            return read(line).reference
        except ValueError:
            return ""
    return f"{match[1]}@{match[2]}" + (f"[{match[3]}]" if match[3] is not None else "")


def _since(verdict: Verdict, clock: str, looks: Sequence[tuple[str, Mapping[str, Verdict]]]) -> Verdict:
    """Walk back while it was the same; runs that did not judge it, or could not, say nothing."""
    since, without, carried = clock, "", ""
    for when, then in _known(verdict, looks):
        if _same(verdict, then):
            since, carried = then.since or when, then.last_without
        else:
            without = when
            break
    return replace(verdict, since=since, last_without=without or carried, flaps=_flaps(verdict, looks))


def _known(verdict: Verdict, looks: Sequence[tuple[str, Mapping[str, Verdict]]]) -> Iterator[tuple[str, Verdict]]:
    for when, run in looks:
        then = run.get(verdict.reference)
        if then is not None and (verdict.verdict == UNKNOWN or then.verdict != UNKNOWN):
            yield when, then


def _same(verdict: Verdict, then: Verdict) -> bool:
    alike = (UNKNOWN,) if verdict.verdict == UNKNOWN else (FAIL, WAIVED)
    return then.verdict in alike


def _flaps(verdict: Verdict, looks: Sequence[tuple[str, Mapping[str, Verdict]]]) -> int:
    said = [_same(verdict, then) for _, then in _known(verdict, looks) if then.verdict in (PASS, FAIL, WAIVED)]
    return sum(a != b for a, b in zip([True, *said], said, strict=False))
