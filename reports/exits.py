"""Exit statuses of an audit: one enum, from which every table of them is made."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum


class Exit(IntEnum):
    """2 to 5 are pytest's own, so that CI systems that know pytest know them too."""

    CLEAN = 0, "every check passed, was waived, or had nothing to examine"
    FAILURE = 1, "at least one root cause counts, or more hosts went unseen than policy allows"
    INTERRUPTED = 2, "stopped by the user or by an error while collecting"
    INTERNAL = 3, "mailassay or pytest itself failed, or reports could not be written"
    USAGE = 4, "inventory, option, policy, waiver or baseline cannot be used; the message says which"
    NOTHING = 5, "the selection matched no check"
    UNKNOWN = 6, "nothing failed, but something could not be looked at"

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Exit:
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


def table() -> Iterator[str]:
    """The exit statuses as a Markdown table."""
    yield "| status | meaning |"
    yield "| --- | --- |"
    yield from (f"| {status.value} | {status.meaning} |" for status in Exit)
