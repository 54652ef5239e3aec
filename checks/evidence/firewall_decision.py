"""Puts the ways a packet may take through a firewall into one decision and the sentence that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.evidence.firewall import Decision, Outcome, Rewrite, RuleRef
from checks.evidence.firewall_rule import Flow
from checks.evidence.firewall_walk import START, Trace

OUTCOMES: tuple[Outcome, ...] = ("accept", "drop", "reject", "undecided")
VERBS = {"accept": "accepts", "drop": "drops", "reject": "rejects"}


@dataclass(frozen=True)
class Way:
    """One way of a packet, as far as it has come. rule: what let it through so far; rank: how telling that is.

    outcome: ``accept`` while it goes on.
    """

    flow: Flow
    trace: Trace = START
    rule: RuleRef | None = None
    rank: int = 0
    outcome: Outcome = "accept"


def decision(ways: Sequence[Way]) -> Decision:
    """The decision that these ends of ways add up to; ways with an exceeded limit only name that limit."""
    within = [way for way in ways if way.trace.over is None]
    first = {way.outcome: way for way in reversed(within)}
    named = [outcome for outcome in OUTCOMES if outcome in first]
    chief = first[named[0]]
    if len(named) > 1 and set(named) != {"drop", "reject"}:
        return _undecided(chief, first[named[1]], frozenset(named))
    if named == ["undecided"]:
        return _left_open(chief)
    limit = _limit(ways, chief.outcome)
    why = _why(chief.outcome, chief.rule)
    if limit is not None:
        why += f"; as long as it is within the limit of {limit}"
    return Decision(chief.outcome, chief.rule, why, limit, _rewritten(within), frozenset(named))


def _undecided(one: Way, two: Way, possible: frozenset[str]) -> Decision:
    rule = one.trace.parted(two.trace) or two.rule
    outcomes = f"{one.outcome} or {two.outcome}" if "undecided" not in possible else "what follows"
    why = f"{outcomes} depends on {rule}, which cannot be judged from here"
    if "undecided" in possible:
        possible = frozenset({"accept", "drop", "reject"})
    return Decision("undecided", rule, why, possible=possible)


def _left_open(way: Way) -> Decision:
    why = f"{way.rule} leaves it to something that cannot be judged from here"
    return Decision("undecided", way.rule, why, None, way.flow.rewritten, frozenset({"accept", "drop", "reject"}))


def _why(outcome: Outcome, rule: RuleRef | None) -> str:
    if rule is None:
        return "no rule is in its way"
    if not rule.is_policy:
        return f"{rule} {VERBS[outcome]} it"
    return f"no rule {'drops' if outcome == 'accept' else 'admits'} it: {rule}"


def _limit(ways: Sequence[Way], outcome: Outcome) -> RuleRef | None:
    """The first rule whose limit, exceeded, leads away from an accept; better one that surely does."""
    beyond = [way for way in ways if way.trace.over is not None and way.outcome != "accept"]
    if outcome != "accept" or not beyond:
        return None
    return min(beyond, key=lambda way: way.trace.doubt is not None).trace.over


def _rewritten(ways: Sequence[Way]) -> tuple[Rewrite, ...]:
    """Every rewriting on any of these ways; certain where it is on all."""
    every = dict.fromkeys(rewrite for way in ways for rewrite in way.flow.rewritten)
    return tuple(replace(rewrite, certain=all(rewrite in way.flow.rewritten for way in ways)) for rewrite in every)
