"""Merges runs that each audited a part of the fleet (shards) into one run, diagnosed as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports.gate import Gate
from reports.head import Head
from reports.report import Report, conclude
from reports.verdicts import BadRecord, Record

_WORST = (FAIL, UNKNOWN, WAIVED, PASS, SKIP)


def merge(records: Sequence[Record], folder: Path) -> Report:
    """The report of all parts together, to be written into the folder. Raises BadRecord if they do not fit together."""
    first = records[0]
    for other in records[1:]:
        if (other.head.suite, other.head.site) != (first.head.suite, first.head.site):
            raise BadRecord(
                f"{other.folder} is of another site or version than {first.folder}: they are no parts of one run"
            )
        if other.head.policy != first.head.policy:
            raise BadRecord(f"{other.folder} was run with another policy for the run than {first.folder}")
    verdicts: dict[str, Verdict] = {}
    for verdict in (verdict for record in records for verdict in record.verdicts):
        known = verdicts.get(verdict.reference)
        # A domain may be served by hosts of several parts: what is worse for it in one of them is what holds.
        if known is None or _WORST.index(verdict.verdict) < _WORST.index(known.verdict):
            verdicts[verdict.reference] = verdict
    whole = Record(folder, _head(records), tuple(verdicts.values()))
    return conclude(whole, None, (), Gate())


def _head(records: Sequence[Record]) -> Head:
    heads = [record.head for record in records]

    def union(key: str) -> dict[str, Any]:
        return {name: value for head in heads for name, value in getattr(head, key).items()}

    remarks = tuple(dict.fromkeys(remark for head in heads for remark in head.remarks))
    return replace(
        heads[0],
        clock=min(head.clock for head in heads),
        hosts=union("hosts"),
        endpoints=union("endpoints"),
        domains=union("domains"),
        checks=union("checks"),
        selection={name: value for name, value in union("selection").items() if name != "limit"},
        remarks=remarks,
    )
