"""`make adopt`: writes today's root causes as dated debt beside the inventory; from then on what is new fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

from reports import debt
from reports.diagnosis import diagnose
from reports.history import moment
from reports.verdicts import BadRecord, Record, write_atomically


@dataclass(frozen=True)
class Adoption:
    """path: the file of debt that was written. recorded: its entries. refused: what is critical and so no debt."""

    path: Path
    recorded: tuple[debt.Debt, ...]
    refused: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """What a person is told of it."""
        yield f"{self.path}: {len(self.recorded)} failures recorded as debt"
        if self.recorded:
            first = min(entry.review for entry in self.recorded)
            yield f"each has its owner and review day; the first is looked at again on {first}"
        for reference in self.refused:
            yield f"critical, so it is no debt and still fails: {reference}"


def adopt(record: Record, owner: str, into: Path | None, today: date | None) -> Adoption:
    """Record the run's root causes. Raises BadRecord where it is not known for which inventory, OSError, BadWaiver."""
    path = into or _beside(record)
    known = debt.read_debts(path)
    day = today or moment(record.head.clock).astimezone(UTC).date()
    days = int(record.head.policy.get("debt_review_days", 90))
    causes = debt.adoptable(diagnose(record.verdicts).verdicts)
    debts, refused = debt.adopt(causes, known, owner, day, days)
    write_atomically(path, debt.render(debts), 0o644)
    return Adoption(path, tuple(debts), tuple(verdict.reference for verdict in refused))


def _beside(record: Record) -> Path:
    inventory = Path(record.head.inventory).expanduser()
    if not record.head.inventory or not inventory.exists():
        raise BadRecord(f"{record.folder}: its inventory is not known here; say with --into where debt.yml goes")
    return (inventory if inventory.is_dir() else inventory.parent) / debt.FILE
