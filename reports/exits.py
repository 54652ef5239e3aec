"""Exit statuses of an audit: one enum, from which every table of them is made."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """2 to 5 are pytest's own, so that CI systems that know pytest know them too."""

    CLEAN = 0, "every check passed, was waived, or had nothing to examine"
    FAILURE = 1, "at least one root cause was found"
    INTERRUPTED = 2, "stopped by the user or by an error while collecting"
    INTERNAL = 3, "mailassay or pytest itself failed"
    USAGE = 4, "inventory, option or policy cannot be used; the message says which"
    NOTHING = 5, "the selection matched no check"
    UNKNOWN = 6, "nothing failed, but something could not be looked at"

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Exit:
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
