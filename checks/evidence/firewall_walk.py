"""Walks one packet through a firewall's chains, following both ways wherever a rule cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.evidence.firewall import Family, Outcome, Packet, RuleRef
from checks.evidence.firewall_rule import Chain, Change, Choose, Flow, Limit, Match, Rule, Verdict

# Linux allows 16 nested jumps in nftables; legacy iptables has no such limit, but nobody nests deeper.
MAX_DEPTH = 64
# Bounds one decision to a second or two: a rule that is passed by costs 1, a way followed through one WAY_COST.
MAX_WORK = 1_000_000
WAY_COST = 20
MAX_WAYS = 64
OUTCOMES: dict[str, Outcome] = {"accept": "accept", "drop": "drop", "reject": "reject", "undecided": "undecided"}


class EndlessError(Exception):
    """The ruleset takes more rules or ways than one packet may cost; ends as ``undecided``."""

    def __init__(self, rule: RuleRef):
        super().__init__(str(rule))
        self.rule = rule


@dataclass(frozen=True, eq=False)
class Doubt:
    """A rule that cannot be judged and which way was followed there; before: the doubt that came first."""

    rule: RuleRef
    way: str
    before: Doubt | None
    depth: int


@dataclass(frozen=True)
class Trace:
    """How a way was come by. over: the first rule whose limit was taken as exceeded."""

    doubt: Doubt | None = None
    over: RuleRef | None = None

    def fork(self, rule: RuleRef, way: str) -> Trace:
        """One of the ways a rule that cannot be judged may lead."""
        depth = 0 if self.doubt is None else self.doubt.depth
        return Trace(Doubt(rule, way, self.doubt, depth + 1), self.over)

    def exceed(self, rule: RuleRef) -> Trace:
        """The way of a packet for which the limit is reached."""
        return Trace(self.doubt, self.over or rule)

    def join(self, other: Trace | None) -> Trace:
        """Two ways lead to the same: what set them apart no longer matters."""
        if other is None:
            return self
        over = self.over if other.over else None
        return Trace(_parting(self.doubt, other.doubt)[0], over)

    def parted(self, other: Trace) -> RuleRef | None:
        """The first rule that sets these two ways apart."""
        return _parting(self.doubt, other.doubt)[1]


# Where every way begins.
START = Trace()


def _parting(one: Doubt | None, two: Doubt | None) -> tuple[Doubt | None, RuleRef | None]:
    """The last doubt both have, and the rule at which they part."""
    rule = None
    while one is not two:
        if two is None or (one is not None and one.depth >= two.depth):
            assert one is not None
            rule, one = one.rule, one.before
        else:
            rule, two = two.rule, two.before
    return one, rule


@dataclass(frozen=True)
class End:
    """How a way ends in a base chain: accept, drop, reject or undecided, and by which rule."""

    outcome: Outcome
    flow: Flow
    trace: Trace
    rule: RuleRef


@dataclass(frozen=True)
class Passage:
    """What a chain makes of a packet: ways that ended in it, and ways that go back to where it was called."""

    ends: list[End]
    back: dict[Flow, Trace]


class Walk:
    """The chains of a decision. stranger: every condition but one on the family alone counts as not met."""

    def __init__(self, chains: Mapping[tuple[str, ...], Chain], stranger: bool = False):
        self._chains = chains
        self._stranger = stranger
        self._known: dict[tuple[tuple[str, ...], Flow], Passage] = {}
        self._work = 0

    def base(self, chain: Chain, flow: Flow, trace: Trace) -> list[End]:
        """The ways through a base chain, its policy included."""
        passage = self._chain(chain, flow, trace, ())
        policy: Outcome = "drop" if chain.policy == "drop" else "accept"
        return passage.ends + [End(policy, at, by, chain.ref) for at, by in passage.back.items()]

    def blocks(self, key: tuple[str, ...]) -> bool:
        """Whether whatever enters this chain is dropped or rejected, whichever other conditions hold."""
        if key not in self._chains:
            return False
        family: Family = "ipv6" if key[1] == "ip6" else "ipv4"
        packet = Packet(family, "in", "tcp")
        passage = self._chain(self._chains[key], Flow(packet, packet), START, ())
        blocked = all(end.outcome in ("drop", "reject") for end in passage.ends)
        return blocked and bool(passage.ends) and not passage.back

    def _chain(self, chain: Chain, flow: Flow, trace: Trace, above: tuple[tuple[str, ...], ...]) -> Passage:
        known = self._known.get((chain.key, flow))
        if known is not None and trace == START:
            return known
        passage, live = Passage([], {}), {flow: trace}
        stack = (*above, chain.key)
        for rule in chain.rules:
            if not live:
                break
            if all(self._misses(rule, at) for at in live):
                continue
            live = self._rule(chain, rule, live, passage, stack)
            if len(live) > MAX_WAYS:
                raise EndlessError(rule.ref)
        for at, by in live.items():
            passage.back[at] = by.join(passage.back.get(at))
        if trace == START:
            self._known[chain.key, flow] = passage
        return passage

    def _misses(self, rule: Rule, flow: Flow) -> bool:
        """The quick way out: most rules are not about this packet."""
        self._spend(rule, 1)
        first = rule.steps[0] if rule.steps else None
        return isinstance(first, Match) and self._test(first, flow) is False

    def _spend(self, rule: Rule, cost: int) -> None:
        self._work += cost
        if self._work > MAX_WORK:
            raise EndlessError(rule.ref)

    def _test(self, match: Match, flow: Flow) -> bool | None:
        return False if self._stranger and not match.general else match.test(flow)

    def _rule(
        self,
        chain: Chain,
        rule: Rule,
        live: dict[Flow, Trace],
        passage: Passage,
        stack: tuple[tuple[str, ...], ...],
    ) -> dict[Flow, Trace]:
        """The ways that go on to the next rule; those that do not are put into the passage."""
        after: dict[Flow, Trace] = {}
        for start, history in live.items():
            for flow, trace, verdict in self._steps(rule, start, history):
                self._spend(rule, WAY_COST)
                if verdict is None or verdict.kind == "continue":
                    after[flow] = trace.join(after.get(flow))
                elif verdict.kind == "return":
                    passage.back[flow] = trace.join(passage.back.get(flow))
                elif verdict.kind in ("jump", "goto"):
                    called = self._call(chain, rule, verdict, flow, trace, stack)
                    passage.ends.extend(called.ends)
                    onward = after if verdict.kind == "jump" else passage.back
                    for at, by in called.back.items():
                        onward[at] = by.join(onward.get(at))
                else:
                    passage.ends.append(End(OUTCOMES[verdict.kind], flow, trace, rule.ref))
        return after

    def _call(
        self,
        chain: Chain,
        rule: Rule,
        verdict: Verdict,
        flow: Flow,
        trace: Trace,
        stack: tuple[tuple[str, ...], ...],
    ) -> Passage:
        key = chain.sibling(verdict.target)
        target = self._chains.get(key)
        if target is None or key in stack or len(stack) >= MAX_DEPTH:
            return Passage([End("undecided", flow, trace, rule.ref)], {})
        return self._chain(target, flow, trace, stack)

    def _steps(self, rule: Rule, flow: Flow, trace: Trace) -> Iterator[tuple[Flow, Trace, Verdict | None]]:
        """The ways through one rule, each with the verdict it ends in."""
        for step in rule.steps:
            if isinstance(step, Verdict):
                yield flow, trace, step
                return
            if isinstance(step, Change):
                flow = step.apply(flow)
                continue
            if isinstance(step, Choose):
                yield from self._choose(rule, step, flow, trace)
                return
            met, unmet = self._ways(rule, step, flow, trace)
            if unmet is not None:
                yield flow, unmet, None
            if met is None:
                return
            trace = met
        yield flow, trace, None

    def _ways(self, rule: Rule, step: Match | Limit, flow: Flow, trace: Trace) -> tuple[Trace | None, Trace | None]:
        """The way on within the rule and the way past it, as far as each is possible."""
        if isinstance(step, Limit):
            below, beyond = trace, trace.exceed(rule.ref)
            return (beyond, below) if step.over else (below, beyond)
        holds = self._test(step, flow)
        if holds is None:
            return trace.fork(rule.ref, "met"), trace.fork(rule.ref, "not met")
        return (trace, None) if holds else (None, trace)

    def _choose(
        self, rule: Rule, step: Choose, flow: Flow, trace: Trace
    ) -> Iterator[tuple[Flow, Trace, Verdict | None]]:
        choices = (None,) if self._stranger else step.choices(flow)
        for number, verdict in enumerate(choices):
            way = trace if len(choices) == 1 else trace.fork(rule.ref, str(number))
            if verdict is None or verdict.kind == "continue":
                yield flow, way, None
            else:
                yield flow, way, verdict
