"""Leads one packet through the hooks of the kernel in their order, base chain after base chain, with NAT between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from checks.evidence.firewall import Decision, Direction, Host, Packet
from checks.evidence.firewall_decision import Way, decision
from checks.evidence.firewall_rule import CONNTRACK_PRIORITY, Chain, Flow
from checks.evidence.firewall_walk import End, EndlessError, Walk

# The hooks a packet passes (Linux, include/uapi/linux/netfilter.h), and where the kernel really calls NAT,
# whatever priority a chain of type nat was given: that only orders it among its like (nf_nat_core).
MAIN_HOOK = {"in": "input", "out": "output", "forward": "forward"}
NAT_PRIORITY = {"prerouting": -100, "output": -100, "input": 100, "postrouting": 100}
FAMILIES = {"ipv4": ("ip", "inet", "netdev"), "ipv6": ("ip6", "inet", "netdev")}


class Journey:
    """The way of one packet through every hook of these chains. stranger: as for Walk."""

    def __init__(self, chains: Sequence[Chain], stranger: bool):
        self._chains = tuple(chains)
        self._walk = Walk({chain.key: chain for chain in self._chains}, stranger)
        self._ended: list[Way] = []

    def decide(self, packet: Packet, host: Host) -> Decision:
        """What becomes of the packet."""
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
            ends = self._equals(list(equals), ways)
            self._ended.extend(end for end in ends if end.outcome != "accept")
            ways = _merged([end for end in ends if end.outcome == "accept"])
        return ways

    def _equals(self, chains: list[Chain], ways: list[Way]) -> list[Way]:
        """The ends at chains of equal priority. Which of two engines is called first no ruleset tells: try both."""
        if len({chain.ref.engine for chain in chains}) == 1:
            return self._through(chains, ways)
        orders = [sorted(chains, key=lambda chain: chain.ref.engine, reverse=turned) for turned in (False, True)]
        ends = [self._through(order, ways) for order in orders]
        one, two = ({(end.outcome, end.flow) for end in tried} for tried in ends)
        if one == two:
            return ends[0]
        return [
            end
            for order in orders
            for end in self._through(order, [replace(way, trace=way.trace.fork(order[-1].ref, "last")) for way in ways])
        ]

    def _through(self, chains: list[Chain], ways: list[Way]) -> list[Way]:
        """The ends of these ways in the chains, one chain after the other; accepted ones have passed them all."""
        ended: list[Way] = []
        for chain in chains:
            here = [replace(way, flow=replace(way.flow, hook=chain.hook, tracked=_tracked(chain))) for way in ways]
            ends = [end for way in here for end in self._base(chain, way)]
            ended.extend(end for end in ends if end.outcome != "accept")
            ways = _merged([end for end in ends if end.outcome == "accept"])
        return [*ended, *ways]

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
