"""How fast something grows, from a few measurements: a straight line through them (least squares)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Growth:
    """a_day: by how much it grows in 24 hours, negative where it shrinks; hours: between first and last measurement."""

    a_day: float
    hours: float

    def days_until(self, room: float) -> float | None:
        """Days until so much more has come; None where it does not grow."""
        return room / self.a_day if self.a_day > 0 else None


def growth(measured: Sequence[tuple[datetime, float]]) -> Growth:
    """The line through these; flat where there are fewer than two moments."""
    if not measured:
        return Growth(0.0, 0.0)
    begin = min(moment for moment, _ in measured)
    days = [(moment - begin).total_seconds() / 86400 for moment, _ in measured]
    middle = sum(days) / len(days)
    level = sum(value for _, value in measured) / len(measured)
    spread = sum((day - middle) ** 2 for day in days)
    if not spread:
        return Growth(0.0, 0.0)
    slope = sum((day - middle) * (value - level) for day, (_, value) in zip(days, measured, strict=True)) / spread
    return Growth(slope, max(days) * 24)
