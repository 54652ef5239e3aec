"""Merges runs that each audited a part of the fleet (shards) into one run, diagnosed as a whole."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from checks.run import INVENTORY, TRANSCRIPTS
from checks.shard import Shard
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports import debt, waiver
from reports.excuses import read_excuses
from reports.gate import Gate
from reports.head import Head
from reports.mail_flow import few
from reports.report import Report, conclude
from reports.verdicts import BadRecord, Record

_SAME: tuple[tuple[str, Callable[[Head], object]], ...] = (
    ("site", lambda head: head.site),
    ("version", lambda head: head.suite),
    ("policy for the run", lambda head: head.policy),
    ("selection", lambda head: {name: value for name, value in head.selection.items() if name != "limit"}),
    ("fleet", lambda head: head.fleet if head.shard else ""),
)
EVERY = Gate()
_WORST = (FAIL, UNKNOWN, WAIVED, PASS, SKIP)


def merge(records: Sequence[Record], folder: Path, baselines: Sequence[Record] = (), gate: Gate = EVERY,
          *, allow_partial: bool = False) -> Report:  # fmt: skip
    """The report of all parts together, to be written into the folder: waivers, debt, baseline and diagnosis, once.

    Raises BadRecord if they do not fit together, or if a share is missing or there twice.
    """
    _fit(records)
    missing = _missing(records)
    if missing and not allow_partial:
        raise BadRecord(f"{missing}; all of them are needed (or --allow-partial, which says what is missing)")
    verdicts: dict[str, Verdict] = {}
    for verdict in (verdict for record in records for verdict in record.verdicts):
        known = verdicts.get(verdict.reference)
        # A domain may be served by hosts of several parts: what is worse for it in one of them is what holds.
        if known is None or _WORST.index(verdict.verdict) < _WORST.index(known.verdict):
            verdicts[verdict.reference] = verdict
    head = _head(records)
    whole = Record(folder, head, tuple(map(_bare, sorted(verdicts.values(), key=_place))))
    day = datetime.fromisoformat(head.clock).date()
    report = conclude(whole, read_excuses(records[0].folder, head, day), baselines, gate)
    return replace(report, remarks=(*report.remarks, missing)) if missing else report


def keep_evidence(records: Sequence[Record], folder: Path) -> None:
    """Bring the transcripts of all parts together, so that the whole can be replayed; of two alike both stay."""
    kept = folder / TRANSCRIPTS
    kept.mkdir(mode=0o700)
    for number, record in enumerate(records):
        for path in (record.folder / TRANSCRIPTS).glob("*.txt"):
            there = kept / path.name
            shutil.copyfile(path, there if not there.exists() else kept / f"{path.stem}.{number}.txt")
    for name in (INVENTORY, waiver.FILE, debt.FILE):
        if (records[0].folder / name).is_file() and (name != INVENTORY or records[0].head.shard):
            shutil.copyfile(records[0].folder / name, folder / name)


def _place(verdict: Verdict) -> tuple[str, str]:
    """Verdicts stand in a record as they are judged: target by target."""
    return verdict.kind, verdict.target


def _bare(verdict: Verdict) -> Verdict:
    """As the judge said it: what a part let pass is decided anew for the whole."""
    return replace(verdict, verdict=FAIL if verdict.verdict == WAIVED else verdict.verdict, excused="")


def _fit(records: Sequence[Record]) -> None:
    """Parts of one run have one site, version, policy, selection, and (of shares) one fleet. Raises BadRecord."""
    first = records[0]
    for other in records[1:]:
        for what, key in _SAME:
            if key(other.head) != key(first.head):
                raise BadRecord(
                    f"{other.folder} is of another {what} than {first.folder}: they are no parts of one run"
                )
    if len({record.head.shard.partition("/")[2] for record in records}) > 1:
        raise BadRecord(
            f"shares of different divisions: {', '.join(record.head.shard or 'the whole' for record in records)}"
        )
    shares = Counter(record.head.shard for record in records if record.head.shard)
    twice = sorted(share for share, times in shares.items() if times > 1)
    if twice:
        raise BadRecord(f"share {twice[0]} is there twice")


def _missing(records: Sequence[Record]) -> str:
    """Which shares are missing, and whose hosts; empty if none is."""
    of = int(records[0].head.shard.partition("/")[2] or 0)
    numbers = {int(record.head.shard.partition("/")[0]) for record in records} if of else set()
    gone = [Shard(number, of) for number in range(1, of + 1) if number not in numbers]
    hosts = [name for name in records[0].head.hosts for share in gone if share.has(name)]
    return (
        f"share {few([str(share) for share in gone])} is missing, with {len(hosts)} hosts: {few(hosts)}" if gone else ""
    )


def _head(records: Sequence[Record]) -> Head:
    heads = [record.head for record in records]

    def union(key: str) -> dict[str, Any]:
        return {name: value for head in heads for name, value in getattr(head, key).items()}

    return replace(
        heads[0],
        clock=min(head.clock for head in heads),
        hosts=union("hosts"),
        endpoints=union("endpoints"),
        domains=union("domains"),
        customers=union("customers"),
        checks=union("checks"),
        selection={name: value for name, value in union("selection").items() if name != "limit"},
        remarks=(),
        shard="",
    )
