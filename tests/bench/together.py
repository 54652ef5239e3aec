"""Several faults at once in one lab: an audit that names them all, and nothing else, tells as much as one audit a fault.
Where it does not, those concerned are tried again: fewer at once, each on hosts of its own, and then alone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tests.bench.fault import ROUTER, Fault
from tests.bench.score import Score, matches

Group = tuple[Fault, ...]

# What is broken there hides other faults of the same host: it has them to itself.
_HIDING = frozenset({"connectivity", "ports", "firewall", "resources"})


@dataclass(frozen=True)
class Packing:
    """How many faults at most are tried at once in one lab, and on one of its hosts."""

    in_lab: int
    on_host: int


ROUNDS = (Packing(10, 3), Packing(4, 1), Packing(1, 1))
MOST = ROUNDS[0].in_lab


class Waiting:
    """The faults still to be tried, in groups. Any lab may take one; what was not clear comes again, in smaller ones."""

    def __init__(self, faults: Iterable[Fault], together: int) -> None:
        self._rounds = [Packing(min(together, each.in_lab), each.on_host) for each in ROUNDS]
        self._lock = threading.Lock()
        self._tried: Counter[str] = Counter()
        self._again: list[Fault] = []
        self._groups = groups(faults, self._rounds[0])

    def take(self) -> Group:
        """The next group; none if nothing waits."""
        with self._lock:
            if not self._groups:
                self._groups = [g for each in range(len(self._rounds)) for g in self._packed(each)]
                self._again = []
            return self._groups.pop(0) if self._groups else ()

    def again(self, faults: Group) -> None:
        """These were not clear among others."""
        with self._lock:
            self._tried.update(fault.name for fault in faults)
            self._again += faults

    def _packed(self, number: int) -> list[Group]:
        last = len(self._rounds) - 1
        return groups((f for f in self._again if min(self._tried[f.name], last) == number), self._rounds[number])


def groups(faults: Iterable[Fault], packing: Packing) -> list[Group]:
    """The faults in groups that can be told apart in one audit; those that touch most hosts first, since they fit least."""
    found: list[list[Fault]] = []
    for fault in sorted(faults, key=lambda each: -len(each.touches)):
        group = next((g for g in found if _fits(fault, g, packing)), None)
        if group is None:
            found.append([fault])
        else:
            group.append(fault)
    return [tuple(group) for group in found]


def _fits(fault: Fault, group: Sequence[Fault], packing: Packing) -> bool:
    """Whether there is room for it, and none of the others is about the same."""
    if len(group) >= packing.in_lab or not all(_independent(fault, each) for each in group):
        return False
    there = Counter(host for each in group for host in _hosts(each))
    return all(there[host] < packing.on_host for host in _hosts(fault))


def _hosts(fault: Fault) -> set[str]:
    return {*fault.touches, *fault.inventory}


def _independent(one: Fault, other: Fault) -> bool:
    """Neither hides the other, nor is both of them something between the hosts that all of them meet."""
    if one.allow != other.allow or bool(one.expect) != bool(other.expect):
        return False
    here, there = _hosts(one), _hosts(other)
    if (ROUTER in here and there & {"ns1", ROUTER}) or (ROUTER in there and "ns1" in here):
        return False
    if here.isdisjoint(there):
        return True
    if set(one.inventory) & set(other.inventory):
        return False
    return _HIDING.isdisjoint({one.step, other.step}) and _topics(one).isdisjoint(_topics(other))


def _topics(fault: Fault) -> set[str]:
    return {reference.partition(".")[0] for reference in fault.expect}


def combined(group: Group) -> Fault:
    """All of a group as one fault."""
    first, *others = group
    whole = replace(first, name=" + ".join(each.name for each in group))
    for each in others:
        whole = replace(
            whole, inject=whole.inject + each.inject, until=whole.until + each.until,
            expect=whole.expect + each.expect, also=whole.also + each.also,
            inventory={**whole.inventory, **each.inventory},
        )  # fmt: skip
    return whole


def concerned(group: Group, score: Score) -> Group:
    """The faults of a group that were missed, or that what is strange may come from."""
    missed = {fault.name for fault in group if set(fault.expect) & set(score.missed)}
    for verdict in score.strange:
        near = {fault.name for fault in group if fault.touches & set(verdict.hosts)}
        missed |= near or {fault.name for fault in group}
    return tuple(fault for fault in group if fault.name in missed)


def own_score(fault: Fault, score: Score) -> Score:
    """What a group's score says of one of its faults that it does not concern."""
    globs: Sequence[str] = (*fault.expect, *fault.also)
    causes = tuple(v for v in score.causes if any(matches(v.reference, glob) for glob in globs))
    return Score(bool(causes) or not fault.expect, causes, (), (), ())
