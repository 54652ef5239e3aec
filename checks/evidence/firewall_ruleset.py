"""The firewall rules that a host says are in effect: the decisions, the default and the blocked sources they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from checks.evidence.firewall import Blocklist, Decision, Direction, Family, Host, Packet, RuleRef
from checks.evidence.firewall_journey import Journey
from checks.evidence.firewall_rule import Chain, Limit, Rule, Sources, Verdict
from checks.evidence.firewall_walk import Walk


@dataclass(frozen=True)
class Ruleset:
    """What one tool says is in effect. engine: as in RuleRef. shared: iptables on nf_tables, so nft shows it too."""

    engine: str
    chains: tuple[Chain, ...] = ()
    shared: bool = False

    @cached_property
    def tables(self) -> frozenset[tuple[str, str]]:
        """Family and name of each table that holds a chain."""
        return frozenset((chain.ref.family, chain.ref.table) for chain in self.chains)

    def decide(self, packet: Packet, host: Host | None = None) -> Decision:
        """What becomes of the packet if nothing else is in effect on this host."""
        return decide((self,), packet, host)

    def default_policy(self, direction: Direction, family: Family) -> Decision:
        """What becomes of a packet that no condition of any rule names; a closing ``drop`` rule counts."""
        return default_policy((self,), direction, family)

    def blocked_sources(self) -> tuple[Blocklist, ...]:
        """The sources that sets and single rules of this ruleset drop or reject."""
        return blocked_sources((self,))


def decide(rulesets: Sequence[Ruleset], packet: Packet, host: Host | None = None) -> Decision:
    """What becomes of a packet where all these rulesets are in effect at once (nft beside legacy iptables).

    A drop anywhere is final; an accept ends only its own base chain. A packet that this host redirects to itself
    (``redirect`` in an output chain) comes back as one that arrives on ``lo``: ask about that one too.
    """
    return Journey(_chains(rulesets), stranger=False).decide(packet, host or Host())


def default_policy(rulesets: Sequence[Ruleset], direction: Direction, family: Family) -> Decision:
    """As ``Ruleset.default_policy``, of several rulesets."""
    packet = Packet(family=family, direction=direction, protocol="tcp")
    return Journey(_chains(rulesets), stranger=True).decide(packet, Host())


def _chains(rulesets: Sequence[Ruleset]) -> tuple[Chain, ...]:
    """Every chain once: what iptables itself lists of its nf_tables is more telling than what nft shows of it."""
    told = {table for ruleset in rulesets if ruleset.shared for table in ruleset.tables}
    return tuple(
        chain
        for ruleset in rulesets
        for chain in ruleset.chains
        if ruleset.engine != "nft" or (chain.ref.family, chain.ref.table) not in told
    )


def blocked_sources(rulesets: Sequence[Ruleset]) -> tuple[Blocklist, ...]:
    """As ``Ruleset.blocked_sources``, of several rulesets."""
    chains = _chains(rulesets)
    walk = Walk({chain.key: chain for chain in chains}, stranger=True)
    rules: dict[tuple[str, ...], list[tuple[RuleRef, Sources]]] = {}
    for chain in chains:
        for rule in chain.rules:
            if rule.sources is not None and _blocks(walk, chain, rule):
                key = (*chain.key[:3], rule.sources.name or chain.ref.chain)
                rules.setdefault(key, []).append((rule.ref, rule.sources))
    return tuple(_blocklist(key[-1], named) for key, named in rules.items())


def _blocklist(name: str, rules: list[tuple[RuleRef, Sources]]) -> Blocklist:
    """One set, however many rules ask for it; or all the single sources of a chain."""
    listed = rules[:1] if rules[0][1].name else rules
    return Blocklist(name, rules[0][0], tuple(network for _, sources in listed for network in sources.networks()))


def _blocks(walk: Walk, chain: Chain, rule: Rule) -> bool:
    """Whether the rule, once its conditions hold, always ends in a drop or reject."""
    last = rule.steps[-1] if rule.steps else None
    if not isinstance(last, Verdict) or any(isinstance(step, Limit) for step in rule.steps):
        return False
    if last.kind in ("drop", "reject"):
        return True
    return last.kind in ("jump", "goto") and walk.blocks(chain.sibling(last.target))
