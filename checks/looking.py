"""Looks at hosts outside an audit: nouns, each by itself, so that what cannot be seen of one leaves the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.catalogue import Check
from checks.evidence.transcript import Transcript
from checks.gather import gather, just
from checks.progress import Progress
from checks.resolve import Fixtures, Resolver, Skip
from checks.target import Fleet


@dataclass(frozen=True)
class Looked:
    """values: by noun, what each of its instances gave. unseen: why the others could not be looked at."""

    values: Mapping[str, Sequence[Any]]
    unseen: tuple[str, ...]

    @property
    def reached(self) -> bool:
        return bool(self.values.get("login"))

    def one(self, noun: str, otherwise: Any) -> Any:
        """What the noun's first instance gave."""
        return next(iter(self.values[noun]), otherwise)


def look(
    targets: Fleet, nouns: Iterable[str], transcript: Transcript, fixtures: Fixtures, progress: Progress
) -> Mapping[str, Looked]:
    """What each host of the fleet shows of these nouns; `login` always among them."""
    wanted = tuple(dict.fromkeys(("login", *nouns)))
    made = [_as_check(noun) for noun in wanted]
    gather(just((each, host) for host in targets.hosts for each in made), targets, transcript, fixtures, progress)
    return {host.name: _looked(wanted, Resolver(host, targets, transcript, fixtures)) for host in targets.hosts}


def _as_check(noun: str) -> Check:
    def nothing() -> None: ...

    return Check(f"look.{noun}", nothing, "low", noun, "", "", "", (noun,), (), frozenset())


def _looked(nouns: Iterable[str], resolver: Resolver) -> Looked:
    values: dict[str, list[Any]] = {}
    unseen: list[str] = []
    for noun in nouns:
        cases = resolver.cases((noun,))
        values[noun] = [case.values[noun] for case in cases if case.error is None]
        unseen += [str(c.error) for c in cases if c.error is not None and not isinstance(c.error, Skip)]
    return Looked(values, tuple(dict.fromkeys(unseen)))
