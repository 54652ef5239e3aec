"""Decides what becomes of a packet on a host: the order of the hooks and chains, NAT, and the final verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from checks.evidence.firewall import Blocklist, Decision, Direction, Family, Host, Packet
from checks.evidence.firewall_decision import Way, decision
from checks.evidence.firewall_rule import CONNTRACK_PRIORITY, Chain, Flow, Limit, Rule, Verdict
from checks.evidence.firewall_walk import End, EndlessError, Walk

# The hooks a packet passes (Linux, include/uapi/linux/netfilter.h), and where the kernel really calls NAT,
# whatever priority a chain of type nat was given: that only orders it among its like (nf_nat_core).
MAIN_HOOK = {"in": "input", "out": "output", "forward": "forward"}
NAT_PRIORITY = {"prerouting": -100, "output": -100, "input": 100, "postrouting": 100}
FAMILIES = {"ipv4": ("ip", "inet", "netdev"), "ipv6": ("ip6", "inet", "netdev")}


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
    return _Journey(rulesets, False).decide(packet, host or Host())


def default_policy(rulesets: Sequence[Ruleset], direction: Direction, family: Family) -> Decision:
    """As ``Ruleset.default_policy``, of several rulesets."""
    packet = Packet(family=family, direction=direction, protocol="tcp")
    return _Journey(rulesets, True).decide(packet, Host())


class _Journey:
    """The way of one packet through every hook."""

    def __init__(self, rulesets: Sequence[Ruleset], stranger: bool):
        self._chains = _chains(rulesets)
        self._walk = Walk({chain.key: chain for chain in self._chains}, stranger)
        self._ended: list[Way] = []

    def decide(self, packet: Packet, host: Host) -> Decision:
        if packet.interface_out is None and packet.direction != "in":
            packet = replace(packet, interface_out=host.interface_to(packet.destination))
        flow = Flow(packet, packet, host, connection_mark=0 if packet.state == "new" else None)
        try:
            ways = self._travel(packet.direction, [Way(flow)])
        except EndlessError as endless:
            why = f"the ways to {endless.rule} are too many to follow"
            return Decision("undecided", endless.rule, why, possible=frozenset({"accept", "drop", "reject"}))
        return decision([*self._ended, *ways])

    def _travel(self, direction: Direction, ways: list[Way]) -> list[Way]:
        """The ways that come through every hook; those that end before are noted."""
        if direction == "out":
            ways = [_left(way) for way in self._hook("output", ways)]
            return self._hook("egress", self._hook("postrouting", ways))
        arrived = self._hook("prerouting", self._hook("ingress", ways))
        ways = [routed for way in arrived for routed in _routed(way)]
        local = [way for way in ways if way.flow.packet.direction == "in"]
        passing = self._hook("forward", [way for way in ways if way.flow.packet.direction != "in"])
        return self._hook("input", local) + self._hook("egress", self._hook("postrouting", passing))

    def _hook(self, hook: str, ways: list[Way]) -> list[Way]:
        # At equal priority the one that was registered last is called first.
        here = [chain for chain in reversed(self._chains) if chain.hook == hook]
        for _, equals in groupby(sorted(here, key=_position), key=_position):
            chains = list(equals)
            engines = {chain.ref.engine for chain in chains}
            if len(engines) == 1:
                ways = self._through(chains, ways)
                continue
            # Which of two engines registered first no ruleset tells: both orders are followed.
            orders = [sorted(chains, key=lambda chain: chain.ref.engine, reverse=turned) for turned in (False, True)]
            tried = [
                self._through(order, [replace(way, trace=way.trace.fork(order[-1].ref, "called last")) for way in ways])
                for order in orders
            ]
            ways = _merged([*tried[0], *tried[1]])
        return ways

    def _through(self, chains: list[Chain], ways: list[Way]) -> list[Way]:
        """The ways that come through these chains, one after the other."""
        for chain in chains:
            ends = [
                end
                for way in ways
                for end in self._base(
                    chain, replace(way, flow=replace(way.flow, hook=chain.hook, tracked=_tracked(chain)))
                )
            ]
            self._ended.extend(end for end in ends if end.outcome != "accept")
            ways = _merged([end for end in ends if end.outcome == "accept"])
        return ways

    def _base(self, chain: Chain, way: Way) -> list[Way]:
        """What a base chain makes of one way; a chain that is not about this packet lets it go on."""
        applies = _applies(chain, way.flow)
        if applies is False:
            return [way]
        flow = way.flow
        if chain.kind == "nat":
            # Only a connection's first packet meets NAT rules; later ones are rewritten as it was.
            flow = replace(flow, packet=replace(flow.packet, state="new"))
        trace = way.trace if applies else way.trace.fork(chain.ref, "hooked here")
        ends = [_after(chain, way, end) for end in self._walk.base(chain, flow, trace)]
        return ends if applies else [*ends, replace(way, trace=way.trace.fork(chain.ref, "hooked elsewhere"))]


def _merged(ways: list[Way]) -> list[Way]:
    """Ways that lead to the same packet are one."""
    merged: dict[Flow, Way] = {}
    for way in ways:
        known = merged.get(way.flow)
        merged[way.flow] = way if known is None else replace(known, trace=known.trace.join(way.trace))
    return list(merged.values())


def _after(chain: Chain, way: Way, end: End) -> Way:
    """The way after a chain, named by the accept that an administrator would look for."""
    flow = replace(end.flow, packet=replace(end.flow.packet, state=way.flow.packet.state))
    after = replace(way, flow=flow, trace=end.trace, outcome=end.outcome)
    main = chain.hook == MAIN_HOOK[flow.packet.direction] and chain.kind == "filter"
    rank = (2 if main else 0) + (0 if end.rule.is_policy or chain.kind == "nat" else 1)
    if end.outcome != "accept" or rank >= max(way.rank, 1):
        after = replace(after, rule=end.rule, rank=rank)
    return after


def _chains(rulesets: Sequence[Ruleset]) -> tuple[Chain, ...]:
    """Every chain once: what iptables itself lists of its nf_tables is more telling than what nft shows of it."""
    told = {table for ruleset in rulesets if ruleset.shared for table in ruleset.tables}
    return tuple(
        chain
        for ruleset in rulesets
        for chain in ruleset.chains
        if ruleset.engine != "nft" or (chain.ref.family, chain.ref.table) not in told
    )


def _position(chain: Chain) -> tuple[int, int]:
    if chain.kind == "nat" and chain.hook in NAT_PRIORITY:
        return NAT_PRIORITY[chain.hook], chain.priority
    return chain.priority, 0


def _tracked(chain: Chain) -> bool:
    """Whether connection tracking has seen a packet before it comes to this chain."""
    if chain.hook in ("prerouting", "output"):
        return _position(chain)[0] > CONNTRACK_PRIORITY
    return chain.hook != "ingress"


def _applies(chain: Chain, flow: Flow) -> bool | None:
    """Whether a base chain is called for this packet; None where the ruleset does not tell its device."""
    if chain.ref.family not in FAMILIES[flow.packet.family]:
        return False
    if chain.hook in ("ingress", "egress"):
        device = flow.packet.interface_in if chain.hook == "ingress" else flow.packet.interface_out
        return None if chain.devices is None or device is None else device in chain.devices
    if chain.kind != "nat":
        return True
    packet, first = flow.packet, flow.state() in ("new", "related", "established")
    return first and not packet.reply and flow.natted_at != flow.hook


def _routed(way: Way) -> Iterator[Way]:
    """Prerouting may have given the packet another destination: is that this host, or where does it lead?"""
    flow, packet = way.flow, way.flow.packet
    redirected = any(rewrite.kind == "redirect" for rewrite in flow.rewritten)
    if packet.destination == flow.origin.destination and not redirected:
        yield way
        return
    out = flow.host.interface_to(packet.destination)
    here = replace(way, flow=replace(flow, packet=replace(packet, direction="in", interface_out=None)))
    away = replace(way, flow=replace(flow, packet=replace(packet, direction="forward", interface_out=out)))
    if redirected or (packet.destination is not None and flow.address_type("daddr") == "local"):
        yield here
    elif packet.destination is None:
        by = flow.rewritten[-1].rule
        yield replace(here, trace=way.trace.fork(by, "sent here"))
        yield replace(away, trace=way.trace.fork(by, "sent elsewhere"))
    else:
        yield away


def _left(way: Way) -> Way:
    """A packet of the host's own that was rewritten may leave by another interface."""
    flow, packet = way.flow, way.flow.packet
    if packet.destination == flow.origin.destination:
        return way
    local = packet.destination is not None and packet.destination.is_loopback
    out = "lo" if local else flow.host.interface_to(packet.destination)
    return replace(way, flow=replace(flow, packet=replace(packet, interface_out=out)))


def blocked_sources(rulesets: Iterable[Ruleset]) -> tuple[Blocklist, ...]:
    """As ``Ruleset.blocked_sources``, of several rulesets."""
    chains = _chains(tuple(rulesets))
    walk = Walk({chain.key: chain for chain in chains}, stranger=True)
    found: dict[tuple[str, ...], Blocklist] = {}
    for chain in chains:
        for rule in chain.rules:
            if rule.sources is None or not _blocks(walk, chain, rule):
                continue
            name = rule.sources.name or chain.ref.chain
            key = (*chain.key[:3], name)
            known = found.get(key)
            if known is None:
                found[key] = Blocklist(name, rule.ref, rule.sources.networks())
            elif not rule.sources.name:
                found[key] = replace(known, networks=(*known.networks, *rule.sources.networks()))
    return tuple(found.values())


def _blocks(walk: Walk, chain: Chain, rule: Rule) -> bool:
    """Whether the rule, once its conditions hold, always ends in a drop or reject."""
    last = rule.steps[-1] if rule.steps else None
    if not isinstance(last, Verdict) or any(isinstance(step, Limit) for step in rule.steps):
        return False
    if last.kind in ("drop", "reject"):
        return True
    return last.kind in ("jump", "goto") and walk.blocks(chain.sibling(last.target))
