"""Several faults at once in one lab, each on a host of its own: an audit that names them all, and nothing else, tells as
much as one audit a fault. Where it does not, those concerned are tried again alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tests.bench.fault import ROUTER, Fault
from tests.bench.score import Score, matches

Group = tuple[Fault, ...]


def groups(faults: Iterable[Fault], most: int) -> list[Group]:
    """The faults in groups of at most so many, none of which touch the same host."""
    found: list[list[Fault]] = []
    for fault in faults:
        room = (g for g in found if len(g) < most and all(_independent(fault, each) for each in g))
        group = next(room, None)
        if group is None:
            found.append([fault])
        else:
            group.append(fault)
    return [tuple(group) for group in found]


def _independent(one: Fault, other: Fault) -> bool:
    """Neither touches a host of the other, nor is both of them something between the hosts that all of them meet."""
    if one.allow != other.allow or bool(one.expect) != bool(other.expect):
        return False
    here, there = ({*fault.touches, *fault.inventory} for fault in (one, other))
    shared = {"ns1", ROUTER}
    return here.isdisjoint(there) and not (here & shared and there & shared)


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
