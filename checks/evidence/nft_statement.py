"""What an nftables rule does besides asking: verdicts, verdict maps, limits, marks and changes of sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checks.evidence.firewall import RuleRef
from checks.evidence.firewall_rule import Change, Choose, Flow, Limit, Match, Step, Verdict
from checks.evidence.nft_header import Bits
from checks.evidence.nft_literal import ABSENT, Undecidable, only
from checks.evidence.nft_match import Table, compile_match
from checks.evidence.nft_nat import XT_NAT, compile_nat, rewrite_header, xt_nat
from checks.evidence.nft_operand import operand, present
from checks.evidence.nft_set import bare
from checks.evidence.nft_value import Key, compile_key

# They log, count, or mark for others, and let the rule go on.
PASSING = {
    "counter", "log", "ct helper", "ct timeout", "ct expectation", "flow", "dup", "last", "secmark", "reset",
    "tunnel",
}  # fmt: skip
# Targets and matches that iptables-nft leaves in a rule; nft shows no more of them than their name.
XT_PASSING = {"LOG", "NFLOG", "TCPMSS", "DSCP", "TOS", "CHECKSUM", "CLASSIFY", "TRACE", "TTL", "HL", "SECMARK"}
UNDECIDED = Verdict("undecided")
VERDICTS = {"accept", "drop", "continue", "return", "jump", "goto"}
RATES = {"limit", "quota", "ct count"}
NAT = {"dnat", "snat", "redirect", "masquerade", "tproxy"}
QUOTA_UNITS = {"bytes": 1, "kbytes": 1 << 10, "mbytes": 1 << 20, "gbytes": 1 << 30}


def compile_statement(table: Table, ref: RuleRef, statement: object) -> list[Step]:
    """The steps of one statement in nft's JSON. One that is not known may do anything: ``undecided``."""
    name, body = only(statement)
    if name in PASSING:
        return []
    match name, body:
        case "match", {"right": right}:
            return [compile_match(table, body), *_set_limit(table, right)]
        case "vmap", {"key": key, "data": data}:
            return [_verdict_map(table, key, data)]
        case "reject", _:
            return [*_reject_guard(body), Verdict("reject")]
        case "meter", {"stmt": inner}:
            return compile_statement(table, ref, inner)
    if name in RATES:
        return [limit(table, name, body)]
    return [verdict(statement)] if name in VERDICTS else _doing(table, ref, name, body)


def _doing(table: Table, ref: RuleRef, name: str, body: object) -> list[Step]:
    """The steps of a statement that changes something."""
    if name in NAT:
        return compile_nat(table, ref, name, body)
    match name, body:
        case (("set" | "map"), {"op": str(op), "elem": element, **rest}):
            return _set_change(table, op, element, str(rest.get("set", rest.get("map"))), rest.get("stmt"))
        case "mangle", {"key": key, "value": value}:
            return _mangle(table, ref, key, value)
        case "notrack", _:
            return [Change(lambda flow: flow if flow.tracked else replace(flow, notrack=True))]
        case "xt", {"type": str(kind), "name": str(extension)}:
            return _extension(ref, kind, extension)
    return [UNDECIDED]


def verdict(statement: object) -> Verdict:
    """A verdict, also as the value of a verdict map."""
    match only(statement):
        case ("jump" | "goto") as kind, {"target": str(target)}:
            return Verdict(kind, target)
        case ("accept" | "drop" | "continue" | "return") as kind, _:
            return Verdict(kind)
    return UNDECIDED


def _verdict_map(table: Table, key: object, data: object) -> Choose:
    try:
        asked = compile_key(key)
        lookup = table.lookup(asked.kinds, data, is_map=True)
    except Undecidable:
        return Choose(lambda _: (None, UNDECIDED))

    def choices(flow: Flow) -> tuple[Verdict | None, ...]:
        values = asked(flow)
        if any(value is ABSENT for value in values):
            return (None,)
        found = lookup(flow, values)
        verdicts = tuple(dict.fromkeys(verdict(result) for result in found.results))
        return verdicts if found.sure and verdicts else (*verdicts, None)

    return Choose(choices)


def _reject_guard(body: object) -> list[Step]:
    """A reject of a certain kind is only for packets that can be answered so."""
    match body:
        case {"type": "tcp reset"}:
            return [Match(lambda flow: flow.packet.protocol == "tcp")]
        case {"type": "icmp"}:
            return [Match(lambda flow: flow.packet.family == "ipv4", general=True)]
        case {"type": "icmpv6"}:
            return [Match(lambda flow: flow.packet.family == "ipv6", general=True)]
    return []


def limit(table: Table, name: str, body: object) -> Match | Limit:
    """A limit, quota or count of connections, of its own or by the name of an object of the table."""
    if isinstance(body, str):
        return table.limits.get(body, Limit(over=False))
    if not isinstance(body, dict):
        return Limit(over=False)
    return quota(body) if name == "quota" else Limit(over=body.get("inv") is True)


def quota(body: dict[str, object]) -> Match | Limit:
    """A quota; one that is used up already (named quotas tell) is no limit any more."""
    over = body.get("inv") is True
    match body:
        case {"used": int(used), "bytes": int(allowed)}:
            pass
        case {"used": int(used), "val": int(allowed), "val_unit": str(unit)}:
            allowed *= QUOTA_UNITS.get(unit, 1)
        case _:
            return Limit(over)
    return Match(lambda _: over) if used > allowed else Limit(over)


def _set_limit(table: Table, right: object) -> list[Step]:
    """The limit that each element of a set may carry."""
    if isinstance(right, str) and right.startswith("@"):
        try:
            over = table.sets.named(table.family, table.name, right).over
        except Undecidable:
            return []
        return [] if over is None else [Limit(over)]
    return []


def _set_change(table: Table, op: str, element: object, name: str, inner: object) -> list[Step]:
    """``add @set { ip saddr limit … }``: the element is there from now on, also for this packet."""
    steps: list[Step] = []
    try:
        key = compile_key(bare(element))
        target = table.sets.named(table.family, table.name, name)
        steps.append(Match(lambda flow: ABSENT not in key(flow)))
        steps.append(Change(_toucher(target.key, key, op != "delete")))
    except Undecidable:
        pass
    for statement in inner if isinstance(inner, list) else ():
        what, body = only(statement)
        if what in RATES:
            steps.append(limit(table, what, body))
    return steps


def _toucher(name: object, key: Key, present: bool) -> Callable[[Flow], Flow]:
    return lambda flow: replace(flow, touched=(*flow.touched, (name, key(flow), present)))


def _mangle(table: Table, ref: RuleRef, key: object, value: object) -> list[Step]:
    """``meta mark set``, ``ct mark set`` and rewritten headers; other changes decide nothing here."""
    match key:
        case {"meta": {"key": "mark"}}:
            return _mark(table, value, "packet")
        case {"ct": {"key": "mark"}}:
            return _mark(table, value, "connection")
        case {"payload": {"protocol": str(protocol), "field": str(field)}}:
            return rewrite_header(table, ref, protocol, field, value)
    return []


def _mark(table: Table, value: object, whose: str) -> list[Step]:
    read = operand(table, "number", value)

    def mark(flow: Flow) -> Flow:
        found = read(flow)
        number = found.value if isinstance(found, Bits) and found.known == -1 else None
        if whose == "connection":
            return replace(flow, connection_mark=number)
        return replace(flow, packet=replace(flow.packet, mark=number))

    return [present(value, read), Change(mark)]


def _extension(ref: RuleRef, kind: str, name: str) -> list[Step]:
    if kind == "match":
        return [] if name == "comment" else [Match(lambda _: None)]
    if name == "REJECT":
        return [Verdict("reject")]
    if name in XT_NAT:
        return xt_nat(ref, name)
    if name in ("MARK", "CONNMARK", "CT", "NOTRACK"):
        return [Change(_blur)]
    return [] if name in XT_PASSING else [UNDECIDED]


def _blur(flow: Flow) -> Flow:
    """Some mark was set, which is not shown."""
    return replace(flow, packet=replace(flow.packet, mark=None), connection_mark=None)
