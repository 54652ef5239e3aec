"""debt.yml beside the inventory: failures that were there when mailassay was adopted; what is new fails from then on.

Written by `make adopt`, never by hand alone: each entry is one verdict of one day, with its owner and the day on which
it is looked at again (the day included, UTC); after it, or as a critical failure, it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from checks.verdict import FAIL, WAIVED, Verdict
from reports.waiver import BadWaiver, day, known_keys, line, rows

FILE = "debt.yml"
NEVER = "critical"
_NEEDED = ("check", "target", "severity", "owner", "recorded", "review")
_KEYS = (*_NEEDED, "instance", "seen")
_HEAD = """\
# Failures that were there on the day given and are worked off: shown in every report, gating nothing until `review`.
# Written by `make adopt`; take a line out when it is mended. What is critical is never debt.
"""


@dataclass(frozen=True)
class Debt:
    """One failure that was known when the site adopted the suite. reference: ``check@target[instance]``."""

    check: str
    target: str
    instance: str | None
    severity: str
    owner: str
    recorded: date
    review: date
    seen: str = ""

    @property
    def reference(self) -> str:
        return f"{self.check}@{self.target}" + (f"[{self.instance}]" if self.instance is not None else "")

    def overdue(self, today: date) -> bool:
        return today > self.review


def read_debts(path: Path) -> tuple[Debt, ...]:
    """The entries of a file of debt; none if there is no file. Raises BadWaiver."""
    return tuple(_debt(row, f"{path}: entry {number}") for number, row in enumerate(rows(path), start=1))


def _debt(row: Mapping[str, Any], where: str) -> Debt:
    known_keys(row, _KEYS, _NEEDED, where)
    return Debt(
        check=str(row["check"]),
        target=str(row["target"]),
        instance=None if row.get("instance") is None else str(row["instance"]),
        severity=str(row["severity"]),
        owner=line(row["owner"]),
        recorded=day(row["recorded"], f"{where}: recorded"),
        review=day(row["review"], f"{where}: review"),
        seen=line(row.get("seen", "")),
    )


def adopt(
    causes: Iterable[Verdict], known: Sequence[Debt], owner: str, today: date, review_days: int
) -> tuple[list[Debt], list[Verdict]]:
    """Today's root causes as debt, and those that cannot be (critical). What was known keeps its dates and owner."""
    before = {debt.reference: debt for debt in known}
    debts: list[Debt] = []
    refused: list[Verdict] = []
    for cause in causes:
        if cause.severity == NEVER:
            refused.append(cause)
        elif cause.reference in before and not before[cause.reference].overdue(today):
            debts.append(before[cause.reference])
        else:
            review = today + timedelta(days=review_days)
            seen = line(cause.seen)[:200]
            debts.append(Debt(cause.check, cause.target, cause.instance, cause.severity, owner, today, review, seen))
    return debts, refused


def adoptable(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Root causes, and what is debt already."""
    return [
        v for v in verdicts if (v.verdict == FAIL and not v.because) or (v.verdict == WAIVED and _is_debt(v.excused))
    ]


def _is_debt(excused: str) -> bool:
    return excused.startswith("debt ")


def render(debts: Iterable[Debt]) -> str:
    """The file, sorted, one entry a paragraph, so that a change of it reads well in version control."""
    entries = [_row(debt) for debt in sorted(debts, key=lambda debt: debt.reference)]
    body = "\n".join(yaml.safe_dump([e], sort_keys=False, allow_unicode=True, width=110) for e in entries)
    return _HEAD + "\n" + (body or "[]\n")


def _row(debt: Debt) -> dict[str, object]:
    row = {key: value for key, value in vars(debt).items() if value not in (None, "")}
    return {key: row[key] for key in _KEYS if key in row}


__all__ = ["FILE", "BadWaiver", "Debt", "adopt", "adoptable", "read_debts", "render"]
