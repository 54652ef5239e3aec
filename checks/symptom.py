"""A symptom in an administrator's words, and which checks can explain it: `make why HOST=mx1 SYMPTOM="587 refused"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from checks.catalogue import Check
from checks.evidence import own_table
from checks.evidence.replies import Reason, classify
from checks.resolve import Resolver, reference, without_instance
from checks.roles import SERVICES
from checks.target import Endpoint, Target

_REPLY = re.compile(r"\b[45][0-5]\d[ -]|\b[45]\.\d{1,3}\.\d{1,3}\b")
Selected = tuple[Check, Target]


class UnclearSymptom(ValueError):
    """The symptom names nothing that a check looks at; the message says what it might name."""


@dataclass(frozen=True)
class Symptom:
    """text: as it was told. checks: globs over the ids of checks; ports: of endpoints, all of them if empty."""

    text: str
    checks: tuple[str, ...]
    ports: frozenset[int]

    def shows_in(self, check: Check, target: Target) -> bool:
        """Whether this check on this target looks at the symptom itself."""
        if isinstance(target, Endpoint) and self.ports and target.port.number not in self.ports:
            return False
        return any(fnmatchcase(check.id, glob) for glob in self.checks)


@cache
def _rows() -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = own_table.read(Path(__file__).with_name("symptoms.yml"))
    return rows


def symptom(text: str, checks: Collection[str]) -> Symptom:
    """What the text is about: a port, a reply, words of symptoms.yml, or a check's id. Raises UnclearSymptom."""
    ports = frozenset(int(word) for word in re.findall(r"\b\d{2,4}\b", text) if int(word) in SERVICES)
    named = [word for word in text.split() if any(fnmatchcase(known, word) for known in checks)]
    reason = classify(text[:1000]).reason if _REPLY.search(text) else Reason.UNKNOWN
    rows = [row for row in _rows() if reason in row["reasons"] or re.search(row["words"], text, re.IGNORECASE)]
    globs = named or [glob for row in rows for glob in row["checks"]] or (["ports.*", "smtp.*"] if ports else [])
    if not globs:
        raise UnclearSymptom(f"symptom {text!r}: name a port (587), what a server replied (550 5.7.1 …), what does not "
                             "work (login, certificate, queue, DNS …), or a check of checks/README.md")  # fmt: skip
    return Symptom(text, tuple(dict.fromkeys(globs)), ports)


class Growth:
    """Which checks an explanation needs: those that look at the symptom, then, pass by pass, what these rest on."""

    def __init__(self, found: Symptom, every: Iterable[Selected]) -> None:
        self._every = {reference(check.id, target.name): (check, target) for check, target in every}
        self._open = {ref for ref, (check, target) in self._every.items() if found.shows_in(check, target)}
        self.taken: dict[str, None] = {}

    def more(self, resolver: Callable[[Target], Resolver]) -> list[Selected]:
        """What is to be gathered next, given what was gathered so far; empty when the explanation is complete."""
        if self.taken:
            self._open = {rest for ref in self.taken for rest in self._rests(ref, resolver)}
        new = sorted(self._open & self._every.keys() - self.taken.keys())
        self.taken |= dict.fromkeys(new)
        return [self._every[ref] for ref in new]

    def _rests(self, ref: str, resolver: Callable[[Target], Resolver]) -> Iterator[str]:
        check, target = self._every[ref]
        for case in resolver(target).cases(check.parameters):
            yield from map(without_instance, case.rests)
