"""From verdicts to causes: what failed with all its prerequisites satisfied is a root cause, the rest it explains.

A pure function of the verdicts. Each verdict says what it rests on; this alone decides what it is *because* of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checks.resolve import without_instance
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict


@dataclass(frozen=True)
class Diagnosis:
    """verdicts: all, with ``because`` filled in. hidden: for each cause's reference, the references it explains."""

    verdicts: tuple[Verdict, ...]
    hidden: Mapping[str, tuple[str, ...]]

    @cached_property
    def by_reference(self) -> Mapping[str, Verdict]:
        return {verdict.reference: verdict for verdict in self.verdicts}

    @property
    def causes(self) -> tuple[Verdict, ...]:
        """Failures that nothing explains."""
        return tuple(v for v in self.verdicts if v.verdict == FAIL and not v.because)

    @property
    def unseen(self) -> tuple[Verdict, ...]:
        """Unknowns that nothing explains: what could not be looked at."""
        return tuple(v for v in self.verdicts if v.verdict == UNKNOWN and not v.because)

    @property
    def excused(self) -> tuple[Verdict, ...]:
        """Failures that the site lets pass, and that nothing else explains."""
        return tuple(v for v in self.verdicts if v.verdict == WAIVED)

    @property
    def consequences(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.verdict == FAIL and v.because)

    def explained(self, reference: str) -> tuple[Verdict, ...]:
        """The failures that this cause accounts for."""
        found = (self.by_reference[ref] for ref in self.hidden.get(reference, ()))
        return tuple(verdict for verdict in found if verdict.verdict == FAIL)


def diagnose(verdicts: Iterable[Verdict], checks: Container[str] = ()) -> Diagnosis:
    """Fill in ``because`` and ``explains``, and count what each cause hides.

    checks: the ids of all checks that there are; for ``not_judged``, which names those that were not selected.
    """
    complete = tuple(verdicts)
    index = _index(complete)
    complete = tuple(_as_seen(verdict, index) for verdict in complete)
    index = _index(complete)
    judged = tuple(_with_because(v, index, checks) for v in complete)
    judged = _without_circles(judged)
    diagnosis = Diagnosis(judged, _hidden(judged))
    told = tuple(_with_explains(verdict, diagnosis) for verdict in judged)
    return replace(diagnosis, verdicts=told)


def _index(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """Verdicts by full reference, and by reference without instance."""
    index: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        index[verdict.reference].append(verdict)
        if verdict.instance is not None:
            index[f"{verdict.check}@{verdict.target}"].append(verdict)
    return index


def _as_seen(verdict: Verdict, index: Mapping[str, Sequence[Verdict]]) -> Verdict:
    """What an unfit observer saw is unknown, whether it looked good or bad."""
    if verdict.verdict not in (PASS, FAIL):
        return verdict
    below = [v for ref in verdict.rests_on for v in index.get(ref, ())]
    unfit = next((v for v in below if v.kind == "observer" and v.verdict == UNKNOWN), None)
    if unfit is None:
        return verdict
    seen = f"{unfit.target} is not fit to see this: {unfit.seen}" + (verdict.seen and f"; it saw: {verdict.seen}")
    return replace(verdict, verdict=UNKNOWN, seen=seen)


def _with_because(verdict: Verdict, index: Mapping[str, Sequence[Verdict]], checks: Container[str]) -> Verdict:
    because, not_judged = _because(verdict, index), _not_judged(verdict, index, checks)
    if (because, not_judged) == (verdict.because, verdict.not_judged):
        return verdict  # itself, and no copy: of 200,000 most are so
    return replace(verdict, because=because, not_judged=not_judged)


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


def _not_judged(verdict: Verdict, index: Mapping[str, Sequence[Verdict]], checks: Container[str]) -> tuple[str, ...]:
    """Of a failure: prerequisites whose check was not judged on that target at all (-k, -m, --limit, no consent)."""
    if verdict.verdict != FAIL:
        return ()
    missing = (ref for ref in verdict.rests_on if ref not in index and without_instance(ref) not in index)
    return tuple(ref for ref in missing if ref.partition("@")[0] in checks)


def _without_circles(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Two verdicts must not explain each other: of a circle, the one judged first is the cause.

    Whoever can be reached by going up from a verdict that nothing explains is grounded.
    """
    above: dict[str, list[str]] = defaultdict(list)
    known = {v.reference for v in verdicts}
    for verdict in verdicts:
        for ref in verdict.because:
            above[ref].append(verdict.reference)
    grounded: set[str] = set()

    def climb(start: str) -> None:
        stack = [start]
        while stack:
            ref = stack.pop()
            if ref not in grounded:
                grounded.add(ref)
                stack += above[ref]

    for verdict in verdicts:
        if not verdict.because or not known.issuperset(verdict.because):
            climb(verdict.reference)
    freed: set[str] = set()
    for verdict in verdicts:
        if verdict.reference not in grounded:
            freed.add(verdict.reference)
            climb(verdict.reference)
    return tuple(replace(v, because=()) if v.reference in freed else v for v in verdicts)


def _hidden(verdicts: Sequence[Verdict]) -> dict[str, tuple[str, ...]]:
    because = {v.reference: v.because for v in verdicts}
    hidden: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.because and verdict.verdict != SKIP:
            for cause in _roots(verdict.reference, because):
                hidden[cause].append(verdict.reference)
    return {cause: tuple(refs) for cause, refs in hidden.items()}


def _roots(reference: str, because: Mapping[str, tuple[str, ...]]) -> dict[str, None]:
    """The verdicts at which following ``because`` ends, in order."""
    roots: dict[str, None] = {}
    seen: set[str] = set()
    stack = [reference]
    while stack:
        ref = stack.pop()
        if ref in seen or ref not in because:
            continue
        seen.add(ref)
        if because[ref]:
            stack += because[ref]
        else:
            roots[ref] = None
    return roots


def _with_explains(verdict: Verdict, diagnosis: Diagnosis) -> Verdict:
    """A root cause's record names the failures it accounts for, besides what its check said itself."""
    if verdict.verdict not in (FAIL, WAIVED) or verdict.because:
        return verdict
    references = tuple(found.reference for found in diagnosis.explained(verdict.reference))
    return replace(verdict, explains=tuple(dict.fromkeys((*verdict.explains, *references))))
