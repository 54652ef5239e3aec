"""A record that a domain publishes as one TXT record: there, missing, twice, unreadable, or not to be known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from checks.evidence.lookup import Lookup

Record = TypeVar("Record")


@dataclass(frozen=True)
class Published(Generic[Record]):
    """What stands at a name.

    state: ``record``, ``none``, ``several`` (which all the standards take for none), ``invalid`` or ``unknown``.
    why: empty with a record, else what is wrong in one line. others: TXT records there that are none of the kind.
    """

    name: str
    state: str
    record: Record | None = None
    why: str = ""
    others: tuple[str, ...] = ()
    authenticated: bool = False


def published(
    name: str, lookup: Lookup, select: Callable[[Iterable[str]], tuple[str, ...]], parse: Callable[[str], Record]
) -> Published[Record]:
    """Read the one record at this name with the functions of its standard; a ValueError of parse makes it invalid."""
    answer = lookup(name, "TXT")
    if not answer.known:
        return Published(name, "unknown", why=f"TXT {name}: {answer.rcode}")
    selected = select(answer.records)
    others = tuple(text for text in answer.records if text not in selected)
    if len(selected) != 1:
        why = f"there are {len(selected)} such records at {name}" if selected else f"there is no such record at {name}"
        return Published(name, "several" if selected else "none", None, why, others, answer.authenticated)
    try:
        record = parse(selected[0])
    except ValueError as error:
        return Published(name, "invalid", None, str(error), others, answer.authenticated)
    return Published(name, "record", record, "", others, answer.authenticated)
