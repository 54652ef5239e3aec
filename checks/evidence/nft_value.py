"""What an nftables expression (`tcp dport`, `ct state`, `meta iifname` …) is for a given packet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from checks.evidence.firewall import PROTOCOL_NUMBERS
from checks.evidence.firewall_rule import Flow
from checks.evidence.nft_header import FIELDS, UNKNOWN, Bits, read
from checks.evidence.nft_literal import ABSENT, SOME_INTERFACE, Undecidable, Value, number, only
from checks.evidence.nft_names import CT_STATES, CT_STATUS, SYMBOLS

Read = Callable[[Flow], Value]


@dataclass(frozen=True)
class Key:
    """An expression as used on the left of a match: one part, or several where it is a concatenation.

    kinds: how each part's values are written. general: it is the same for every packet of a family.
    """

    kinds: tuple[str, ...]
    reads: tuple[Read, ...]
    general: bool = False

    def __call__(self, flow: Flow) -> tuple[Value, ...]:
        return tuple(part(flow) for part in self.reads)


def compile_key(expression: object) -> Key:
    """The expression, ready to be asked of packets. Raises Undecidable."""
    name, body = only(expression)
    if name in _OPERATORS:
        return _arithmetic(name, body)
    match name, body:
        case "concat", list(parts) if parts:
            keys = [compile_key(part) for part in parts]
            kinds = tuple(kind for key in keys for kind in key.kinds)
            return Key(kinds, tuple(part for key in keys for part in key.reads))
        case "meta", {"key": str(key)}:
            return _meta(key)
        case "payload", _:
            return _payload(body)
        case "ct", {"key": str(key), **rest}:
            return _connection(key, rest.get("dir"))
        case "fib", {"result": str(result), "flags": list(flags)}:
            return _fib(result, flags)
        case (("exthdr" | "ip option"), dict()):
            absent = "field" in body
            return Key(("number",), (lambda _: ABSENT if absent else Bits(0),))
        case "tcp option", {"name": "maxseg", **asked}:
            return _segment_size(exists="field" not in asked)
        case "rt", {"key": "ipsec"}:
            # Before the routing decision there is no route that could have one.
            return Key(("number",), (lambda flow: ABSENT if flow.hook in ("ingress", "prerouting") else Bits(0),))
    raise Undecidable(name)


def _meta(name: str) -> Key:
    if name not in _META:
        raise Undecidable(name)
    kind, value = _META[name]
    return Key((kind,), (value,), general=name == "nfproto")


def _payload(body: object) -> Key:
    match body:
        case {"tunnel": _}:
            raise Undecidable("tunnelled headers")
        case {"protocol": str(protocol), "field": str(field)}:
            return _field(protocol, field)
        case {"base": str(base), "offset": int(offset), "len": int(length)}:
            return _raw(base, offset, length)
    raise Undecidable("payload")


def _number(value: int | None) -> Bits:
    return UNKNOWN if value is None else Bits(value)


def _name(name: str | None) -> Value:
    """An interface; where the hook has none its name is empty, so ``!=`` holds (Linux, nft_meta)."""
    return UNKNOWN if name is None else name


def _interface_in(flow: Flow) -> Value:
    name = flow.interface_in()
    return SOME_INTERFACE if name is None and flow.came_by("lo") is False else _name(name)


def _uid(flow: Flow) -> Value:
    if flow.packet.direction != "out":
        return ABSENT if flow.packet.state == "new" else UNKNOWN
    return _number(flow.packet.uid)


def _packet_type(flow: Flow) -> Value:
    kind = flow.address_type("daddr")
    return Bits({"broadcast": 1, "multicast": 2}.get(kind or "", 0))


_META: dict[str, tuple[str, Read]] = {
    "iifname": ("interface", _interface_in),
    "iif": ("interface", _interface_in),
    "oifname": ("interface", lambda flow: _name(flow.interface_out())),
    "oif": ("interface", lambda flow: _name(flow.interface_out())),
    "l4proto": ("proto", lambda flow: Bits(PROTOCOL_NUMBERS[flow.packet.protocol])),
    "nfproto": ("nfproto", lambda flow: Bits(2 if flow.packet.family == "ipv4" else 10)),
    "protocol": ("ethertype", lambda flow: Bits(0x0800 if flow.packet.family == "ipv4" else 0x86DD)),
    "mark": ("number", lambda flow: _number(flow.packet.mark)),
    "skuid": ("uid", _uid),
    "pkttype": ("pkttype", _packet_type),
    "secpath": ("number", lambda _: Bits(0)),
    "ipsec": ("number", lambda _: Bits(0)),
}


def _field(protocol: str, name: str) -> Key:
    if protocol in ("ether", "vlan", "arp") or (protocol, name) not in FIELDS:
        if protocol in ("vlan", "arp", "sctp", "dccp", "udplite", "ah", "esp", "comp", "gre", "igmp"):
            return Key(("number",), (lambda _: ABSENT,))
        raise Undecidable(f"{protocol} {name}")
    field = FIELDS[protocol, name]

    def value(flow: Flow) -> Value:
        has = (flow.packet.protocol, "ip" if flow.packet.family == "ipv4" else "ip6", "th")
        return read(flow, field.base, field.offset, field.length) if protocol in has else ABSENT

    return Key((field.kind,), (value,))


def _segment_size(exists: bool) -> Key:
    def value(flow: Flow) -> Value:
        size = flow.packet.segment_size()
        if exists:
            return Bits(int(size is not None))
        return ABSENT if size is None else Bits(size)

    return Key(("number",), (value,))


def _raw(base: str, offset: int, length: int) -> Key:
    if base not in ("nh", "th") or offset < 0 or not 0 < length <= 256:
        raise Undecidable(f"@{base}")
    return Key(("number",), (lambda flow: read(flow, base, offset, length),))


def _fib(result: str, flags: list[object]) -> Key:
    end: Literal["saddr", "daddr"] = "saddr" if "saddr" in flags else "daddr"
    if result == "type":
        types = SYMBOLS["address-type"]

        def kind(flow: Flow) -> Value:
            found = flow.address_type(end)
            return UNKNOWN if found is None else Bits(types[found])

        return Key(("address-type",), (kind,))
    if result not in ("oif", "oifname", "check"):
        raise Undecidable(f"fib {result}")

    def way(flow: Flow) -> Value:
        address = flow.packet.source if end == "saddr" else flow.packet.destination
        known = flow.host.interface_to(address)
        # A packet is taken to arrive where the route to its source leads.
        return known or flow.packet.interface_in or (SOME_INTERFACE if end == "saddr" else UNKNOWN)

    return Key(("interface",), (way,))


def _status(flow: Flow) -> Value:
    dnat = flow.dnatted()
    snat = any(rewrite.kind in ("snat", "masquerade") for rewrite in flow.rewritten)
    value = (CT_STATUS["dnat"] if dnat else 0) | (CT_STATUS["snat"] if snat else 0)
    if flow.packet.state == "new":
        return Bits(value)
    seen = CT_STATUS["seen-reply"] | CT_STATUS["confirmed"] if flow.packet.state == "established" else 0
    return Bits(value | seen, value | seen)


def _connection(name: str, direction: object) -> Key:
    if name == "state":
        return Key(("ct-state",), (lambda flow: Bits(CT_STATES[flow.state()]),))
    if direction is not None and name in _ENDS:
        kind, value = _tuple(name, direction)
    elif name in _CONNECTION:
        kind, value = _CONNECTION[name]
    else:
        raise Undecidable(f"ct {name}")
    # What is not tracked has no connection to ask about.
    untracked = ("invalid", "untracked")
    return Key((kind,), (lambda flow: ABSENT if flow.state() in untracked else value(flow),))


def _first(flow: Flow, value: Value) -> Value:
    """What is known only of a connection's first packet."""
    return value if flow.packet.state == "new" else UNKNOWN


_CONNECTION: dict[str, tuple[str, Read]] = {
    "mark": ("number", lambda flow: _number(flow.connection_mark)),
    "status": ("ct-status", _status),
    "direction": ("ct-dir", lambda flow: Bits(1 if flow.packet.reply else 0)),
    "helper": ("text", lambda flow: _first(flow, ABSENT)),
    "zone": ("number", lambda _: Bits(0)),
    "l3proto": ("nfproto", _META["nfproto"][1]),
    "protocol": ("proto", _META["l4proto"][1]),
}
_ENDS = {"saddr", "daddr", "ip saddr", "ip daddr", "ip6 saddr", "ip6 daddr", "proto-src", "proto-dst"}


def _tuple(name: str, direction: object) -> tuple[str, Read]:
    """The addresses and ports a connection was opened with, before any NAT."""
    side = name.split()[-1]

    def value(flow: Flow) -> Value:
        packet, version = flow.origin, "ip" if flow.packet.family == "ipv4" else "ip6"
        if name.split()[0] in ("ip", "ip6") and name.split()[0] != version:
            return ABSENT
        if packet.reply or direction != "original":
            return UNKNOWN
        if side in ("proto-src", "proto-dst"):
            return _number(packet.source_port if side == "proto-src" else packet.destination_port)
        address = packet.source if side == "saddr" else packet.destination
        return UNKNOWN if address is None else Bits(int(address))

    return "number" if side.startswith("proto") else "address", value


_OPERATORS: dict[str, Callable[[Bits, int], Bits]] = {
    "&": lambda bits, number: bits & number,
    "|": lambda bits, number: bits | number,
    "^": lambda bits, number: bits ^ number,
    "<<": lambda bits, number: bits << min(number, 256),
    ">>": lambda bits, number: bits >> min(number, 256),
}


def _arithmetic(operator: str, operands: object) -> Key:
    """``left & constant`` and the like. A second operand that is no constant cannot be judged."""
    match operands:
        case [left, *rest] if rest:
            key = compile_key(left)
        case _:
            raise Undecidable(operator)
    constants = [number(key.kinds[0], operand) for operand in rest]
    if len(key.reads) != 1 or any(constant < 0 for constant in constants):
        raise Undecidable(operator)
    part, operation = key.reads[0], _OPERATORS[operator]

    def value(flow: Flow) -> Value:
        first = part(flow)
        return reduce(operation, constants, first) if isinstance(first, Bits) else first

    return Key(key.kinds, (value,))
