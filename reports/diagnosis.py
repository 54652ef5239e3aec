"""From verdicts to causes: what failed with all its prerequisites satisfied is a root cause, the rest it explains.

A pure function of the verdicts. Each verdict says what it rests on; this alone decides what it is *because* of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict


@dataclass(frozen=True)
class Diagnosis:
    """verdicts: all, with ``because`` filled in. hidden: for each cause's reference, the references it explains."""

    verdicts: tuple[Verdict, ...]
    hidden: Mapping[str, tuple[str, ...]]

    @property
    def causes(self) -> tuple[Verdict, ...]:
        """Failures that nothing explains."""
        return tuple(v for v in self.verdicts if v.verdict == FAIL and not v.because)

    @property
    def unseen(self) -> tuple[Verdict, ...]:
        """Unknowns that nothing explains: what could not be looked at."""
        return tuple(v for v in self.verdicts if v.verdict == UNKNOWN and not v.because)

    @property
    def consequences(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.verdict == FAIL and v.because)


def diagnose(verdicts: Iterable[Verdict]) -> Diagnosis:
    """Fill in ``because``, and count what each cause hides."""
    complete = tuple(verdicts)
    index = _index(complete)
    judged = tuple(replace(v, because=_because(v, index)) for v in complete)
    judged = _without_circles(judged)
    return Diagnosis(judged, _hidden(judged))


def _index(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """Verdicts by full reference, and by reference without instance."""
    index: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        index[verdict.reference].append(verdict)
        if verdict.instance is not None:
            index[f"{verdict.check}@{verdict.target}"].append(verdict)
    return index


def _because(verdict: Verdict, index: Mapping[str, Sequence[Verdict]]) -> tuple[str, ...]:
    """A fail is explained by what failed below it; by what is unknown only if nothing below it is known to be good.

    (A refused port of a host that could not be looked into at all may be anybody's; a refused port whose listener
    was seen is a finding, even where the firewall's rules could not be read.)
    """
    if verdict.verdict in (PASS, WAIVED):
        return ()
    below = [v for ref in verdict.rests_on for v in index.get(ref, ()) if v.reference != verdict.reference]
    broken = [v.reference for v in below if v.verdict in (FAIL, WAIVED)]
    blind = [v.reference for v in below if v.verdict == UNKNOWN]
    if verdict.verdict == FAIL and (broken or any(v.verdict == PASS for v in below)):
        blind = []
    return tuple(dict.fromkeys(broken + blind))


def _without_circles(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Two verdicts must not explain each other: of a circle, the one judged first is the cause."""
    by_reference = {v.reference: v for v in verdicts}
    freed: dict[str, Verdict] = {}
    for verdict in verdicts:
        if verdict.because and not _grounded(verdict.reference, by_reference, freed, set()):
            freed[verdict.reference] = replace(verdict, because=())
    return tuple(freed.get(v.reference, v) for v in verdicts)


def _grounded(reference: str, known: Mapping[str, Verdict], freed: Mapping[str, Verdict], path: set[str]) -> bool:
    """Whether following ``because`` from here reaches a verdict that nothing explains."""
    verdict = freed.get(reference) or known.get(reference)
    if verdict is None or not verdict.because:
        return True
    if reference in path:
        return False
    path.add(reference)
    return any(_grounded(ref, known, freed, path) for ref in verdict.because)


def _hidden(verdicts: Sequence[Verdict]) -> dict[str, tuple[str, ...]]:
    by_reference = {v.reference: v for v in verdicts}
    hidden: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.because and verdict.verdict != SKIP:
            for cause in _roots(verdict.reference, by_reference, set()):
                hidden[cause].append(verdict.reference)
    return {cause: tuple(refs) for cause, refs in hidden.items()}


def _roots(reference: str, known: Mapping[str, Verdict], seen: set[str]) -> set[str]:
    if reference in seen or reference not in known:
        return set()
    seen.add(reference)
    because = known[reference].because
    if not because:
        return {reference}
    return {root for ref in because for root in _roots(ref, known, seen)}
