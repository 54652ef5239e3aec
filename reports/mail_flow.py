"""Is mail accepted, submitted, delivered, leaving? The first lines of every report, from mail_flow.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from checks.verdict import FAIL, PASS, UNKNOWN, Verdict


@cache
def _questions() -> Mapping[str, list[str]]:
    table: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("mail_flow.yml").read_text("utf-8"))
    return table


def mail_flow(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Each question with yes, no or unknown."""
    return {question: _state([v for v in verdicts if v.check in set(checks)])
            for question, checks in _questions().items()}  # fmt: skip


def _state(verdicts: Sequence[Verdict]) -> str:
    said = {v.verdict for v in verdicts}
    if FAIL in said:
        return "no"
    return "yes" if PASS in said and UNKNOWN not in said else "unknown"
