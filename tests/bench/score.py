"""How well an audit named a fault: detected, exact, precise. A pure function of the verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from checks.verdict import FAIL, UNKNOWN, Verdict
from tests.bench.fault import Fault


@dataclass(frozen=True)
class Score:
    """causes: root causes that the fault brought. missed: expected and not named. strange: named and not expected.

    blind: what the audit could not look at because of the fault (root unknowns); shown, and no part of the score.
    """

    detected: bool
    causes: tuple[Verdict, ...]
    missed: tuple[str, ...]
    strange: tuple[Verdict, ...]
    blind: tuple[Verdict, ...]

    @property
    def exact(self) -> bool:
        return self.detected and not self.missed

    @property
    def precise(self) -> bool:
        return not self.strange

    @property
    def perfect(self) -> bool:
        return self.exact and self.precise


def roots(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Root causes and root unknowns; the host that is broken on purpose is no part of the bench's audits."""
    return [v for v in verdicts if v.verdict in (FAIL, UNKNOWN) and not v.because]


def score(fault: Fault, verdicts: Sequence[Verdict], before: Collection[str] = ()) -> Score:
    """The score of an audit of the broken lab. before: references that the healthy lab already had as roots.

    A host that could not be looked into is named by an unknown, so an expected reference may be one.
    """
    found = [v for v in roots(verdicts) if v.reference not in before]
    causes = [v for v in found if v.verdict == FAIL or _any_matches(v, fault.expect)]
    missed = [glob for glob in fault.expect if not any(matches(v.reference, glob) for v in causes)]
    strange = [v for v in causes if not _any_matches(v, (*fault.expect, *fault.also))]
    blind = [v for v in found if v not in causes]
    detected = bool(causes) or not fault.expect
    return Score(detected, tuple(causes), tuple(missed), tuple(strange), tuple(blind))


def _any_matches(verdict: Verdict, globs: Iterable[str]) -> bool:
    return any(matches(verdict.reference, glob) for glob in globs)


def matches(reference: str, glob: str) -> bool:
    """``check@target`` covers all its instances; [ ] in a glob are themselves, since references hold them."""
    return fnmatchcase(reference, glob.replace("[", "[[]")) or fnmatchcase(reference.partition("[")[0], glob)
