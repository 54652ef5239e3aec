"""Compares a run with an earlier one, verdict by verdict: what is new, still failing, mended, or seen no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from checks.verdict import FAIL, PASS, UNKNOWN, WAIVED, Verdict
from reports.drift import comes_and_goes
from reports.head import Head
from reports.verdicts import Record


class NotComparable(ValueError):
    """The two runs have too little in common; the message says what differs, in one line."""


class Change(StrEnum):
    """What became of one verdict. The first four stand in reports under these words."""

    NEW_FAILURE = "new failure"
    NEW_UNKNOWN = "new unknown"
    LOST = "no longer judged"
    FIXED = "fixed"
    STILL_FAILING = "still failing"
    UNCHANGED = "unchanged"


REGRESSIONS = frozenset({Change.NEW_FAILURE, Change.NEW_UNKNOWN, Change.LOST})


@dataclass(frozen=True)
class Changed:
    """One verdict then and now (None: there is none). pardon: why it is no regression all the same, or empty."""

    change: Change
    before: Verdict | None
    now: Verdict | None
    pardon: str = ""

    @property
    def verdict(self) -> Verdict:
        verdict = self.now or self.before
        assert verdict is not None
        return verdict


@dataclass(frozen=True)
class Changes:
    """What became of every root verdict. since: the baseline's time. notes: what was not compared, one line each."""

    since: str
    items: tuple[Changed, ...] = ()
    absent_hosts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    by_reference: Mapping[str, Changed] = field(default_factory=dict, compare=False)

    def of(self, change: Change) -> list[Changed]:
        return [item for item in self.items if item.change is change]

    @property
    def regressions(self) -> list[Changed]:
        """What was good or known before and is not now."""
        return [item for item in self.items if item.change in REGRESSIONS and not item.pardon]

    @property
    def worse(self) -> bool:
        return bool(self.regressions or self.absent_hosts)

    def counted(self) -> str:
        """``2 new failures, 1 fixed, …`` in the order of Change."""
        numbers = [(change, len(self.of(change))) for change in Change if change is not Change.UNCHANGED]
        absent = [f"{len(self.absent_hosts)} hosts absent"] if self.absent_hosts else []
        said = [f"{number} {change}" for change, number in numbers if number]
        return ", ".join(absent + said) or "nothing changed"


def compare(
    baselines: Sequence[Record], now: Record, *, captures: Sequence[Record] = (), anyway: bool = False
) -> Changes:
    """What changed since the last of the baselines; those before it only tell what flaps. Raises NotComparable.

    captures: earlier looks at the state that is compared; on what they and this one do not agree flaps as well.
    """
    notes = [note for baseline in baselines for note in comparable(baseline, now.head, anyway=anyway)]
    last = baselines[-1]
    absent = () if _narrower(last.head, now.head) else tuple(sorted(set(last.head.hosts) - set(now.head.hosts)))
    flapping = {
        **dict.fromkeys(_swinging((*captures, now)), "flapping: repeated captures do not agree on it"),
        **dict.fromkeys(_unsteady(baselines), "flapping: the baselines do not agree on it"),
    }
    pardons = _Pardons(flapping, frozenset(last.head.checks), now.head)
    items = tuple(_items(_in_scope(last, now), now, pardons))
    by_reference = {item.verdict.reference: item for item in items}
    return Changes(last.head.clock or last.folder.name, items, absent, tuple(dict.fromkeys(notes)), by_reference)


def comparable(before: Record, now: Head, *, anyway: bool) -> list[str]:
    """Notes on what cannot be compared. Raises NotComparable for what nobody should compare without saying so."""
    strangers = sorted(set(now.hosts) - set(before.head.hosts))
    problems = []
    if before.head.suite != now.suite:
        problems.append(f"the baseline is of mailassay {before.head.suite}, this run of {now.suite}")
    if strangers:
        problems.append(f"the baseline has other hosts: it lacks {_few(strangers)}")
    if problems and not anyway:
        raise NotComparable(f"baseline {before.folder}: {'; '.join(problems)} (--compare-anyway compares all the same)")
    return [*problems, *_partly(before.head, now)]


def _narrower(before: Head, now: Head) -> bool:
    """Whether this run was asked for hosts by another pattern than the baseline was."""
    limit = now.selection.get("limit")
    return bool(limit) and limit != before.selection.get("limit")


def _partly(before: Head, now: Head) -> Iterable[str]:
    """What of the one run the other does not have, where that was asked for."""
    if _narrower(before, now):
        both = set(now.hosts) & set(before.hosts)
        yield f"compared on {len(both)} of the baseline's {len(before.hosts)} hosts, as --limit asks"
    unselected = set(before.checks) - set(now.checks)
    if now.checks and unselected:
        yield f"{len(unselected)} checks of the baseline were not selected in this run"
    new = sorted(set(now.checks) - set(before.checks))
    if new:
        yield f"{len(new)} checks were not in the baseline: {_few(new)}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _in_scope(before: Record, now: Record) -> list[Verdict]:
    """The baseline's verdicts that this run was to judge as well: the same checks, on hosts that it has."""
    hosts = set(now.head.hosts)
    return [
        v for v in before.verdicts
        if v.check in now.head.checks and (not v.hosts or hosts.intersection(v.hosts))
    ]  # fmt: skip


@dataclass(frozen=True)
class _Pardons:
    """flapping: by reference, why it is said to. checks: ids that the baseline knows. head: of today's run."""

    flapping: Mapping[str, str]
    checks: frozenset[str]
    head: Head

    def of(self, verdict: Verdict) -> str:
        if verdict.reference in self.flapping:
            return self.flapping[verdict.reference]
        if self.head.customer(verdict):
            return "the domain's DNS is a customer's"
        return "" if verdict.check in self.checks else "the baseline has no such check"


def _unsteady(baselines: Iterable[Record]) -> Iterator[str]:
    """References on which the baselines differ."""
    yield from (reference for reference, words in _good(baselines).items() if len(set(words)) > 1)


def _swinging(looks: Iterable[Record]) -> Iterator[str]:
    """References that had not settled when the last of these looks was taken, or had come back to what they were."""
    for reference, words in _good(looks).items():
        turns = [one != other for one, other in pairwise(words)]
        if sum(turns) > 1 or turns[-1:] == [True]:
            yield reference


def _good(records: Iterable[Record]) -> Mapping[str, list[bool]]:
    """By reference, whether each record that could see it found it good."""
    said: dict[str, list[bool]] = {}
    for record in records:
        for verdict in record.verdicts:
            if verdict.verdict in (PASS, FAIL, WAIVED):
                said.setdefault(verdict.reference, []).append(verdict.verdict == PASS)
    return said


def _items(before: Sequence[Verdict], now: Record, pardons: _Pardons) -> Iterable[Changed]:
    then = {verdict.reference: verdict for verdict in before}
    known = {(v.check, v.target) for v in before if v.verdict != UNKNOWN}
    blind = {(v.check, v.target) for v in now.verdicts if v.instance is None and v.verdict == UNKNOWN}
    for verdict in now.verdicts:
        old = then.pop(verdict.reference, None)
        change = _change(old, verdict, (verdict.check, verdict.target) in known)
        if change is not None:
            yield Changed(change, old, verdict, pardons.of(verdict))
    judged = {(v.check, v.target) for v in now.verdicts}
    for old in then.values():
        # Instances that a blinded check cannot name (its one verdict has none) are told by that verdict.
        if old.verdict in (PASS, FAIL, WAIVED) and not old.because and (old.check, old.target) not in blind:
            if comes_and_goes(old.check) and (old.check, old.target) in judged:
                yield Changed(Change.FIXED if old.verdict == FAIL else Change.UNCHANGED, old, None)
            else:
                yield Changed(Change.LOST, old, None, pardons.of(old))


def _change(old: Verdict | None, now: Verdict, known: bool) -> Change | None:
    """The class of a verdict, or None for what is no root: it is told under its cause. known: judged before at all."""
    failed = old is not None and old.verdict == FAIL
    if now.because:
        return None
    if now.verdict == FAIL:
        return Change.STILL_FAILING if failed else Change.NEW_FAILURE
    if now.verdict == UNKNOWN:
        seen = known if old is None else old.verdict != UNKNOWN
        return Change.NEW_UNKNOWN if seen else Change.UNCHANGED
    return Change.FIXED if failed and old is not None and not old.because else Change.UNCHANGED
