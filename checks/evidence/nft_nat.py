"""nftables' NAT: where dnat, redirect, snat, masquerade, tproxy and rewritten headers send a packet."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace

from checks.evidence.firewall import Address, Packet, Rewrite, RuleRef
from checks.evidence.firewall_rule import Change, Flow, Match, Nat, Step, Verdict
from checks.evidence.nft_header import Bits
from checks.evidence.nft_literal import ABSENT
from checks.evidence.nft_match import Table
from checks.evidence.nft_operand import operand, present
from checks.evidence.nft_value import Read

FAMILIES = {"ip": "ipv4", "ip6": "ipv6"}
XT_NAT = {"DNAT": "dnat", "REDIRECT": "redirect", "SNAT": "snat", "MASQUERADE": "masquerade", "NETMAP": "dnat"}


def compile_nat(table: Table, ref: RuleRef, kind: str, body: object) -> list[Step]:
    """The steps of a NAT statement; all but tproxy end the chain with an accept."""
    settings = body if isinstance(body, dict) else {}
    family = FAMILIES.get(str(settings.get("family", table.family)))
    steps: list[Step] = []
    if family is not None:
        steps.append(Match(lambda flow: flow.packet.family == family, general=True))
    address, port = settings.get("addr"), settings.get("port")
    nat = Nat(kind, ref)
    if address is not None:
        read = operand(table, family or "address", address)
        steps.append(present(address, read))
        # A map may give both, as in `dnat ip to tcp dport map { 25 : 192.0.2.1 . 2525 }`.
        both = port is None and isinstance(address, dict) and "map" in address
        other = _port(operand(table, "number", address, part=1)) if both else None
        nat = replace(nat, address=_address(read), port=other)
    if port is not None:
        read = operand(table, "number", port)
        steps.append(present(port, read))
        nat = replace(nat, port=_port(read))
    steps.append(Change(nat.apply))
    return steps if kind == "tproxy" else [*steps, Verdict("accept")]


def _address(read: Read) -> Callable[[Flow], Address | None]:
    def address(flow: Flow) -> Address | None:
        found = read(flow)
        if not isinstance(found, Bits) or found.known != -1:
            return None
        return _make(flow.packet, found.value)

    return address


def _make(packet: Packet, number: int) -> Address | None:
    make = ipaddress.IPv4Address if packet.family == "ipv4" else ipaddress.IPv6Address
    try:
        return make(number)
    except ValueError:
        return None


def _port(read: Read) -> Callable[[Flow], int | None]:
    def port(flow: Flow) -> int | None:
        found = read(flow)
        if found is ABSENT:  # of a map that gives addresses alone
            return flow.packet.destination_port
        return found.value if isinstance(found, Bits) and found.known == -1 else None

    return port


def xt_nat(ref: RuleRef, name: str) -> list[Step]:
    """A NAT target of iptables of which nft shows no more than its name."""
    return [Change(Nat(XT_NAT[name], ref, lambda _: None, lambda _: None).apply), Verdict("accept")]


def rewrite_header(table: Table, ref: RuleRef, protocol: str, field: str, value: object) -> list[Step]:
    """``ip daddr set …``, ``tcp dport set …``: rewritten without connection tracking."""
    names = {"saddr": "source", "daddr": "destination", "sport": "source_port", "dport": "destination_port"}
    if field not in names:
        return []
    is_address = field in ("saddr", "daddr")
    read = operand(table, FAMILIES.get(protocol, "number") if is_address else "number", value)

    def apply(flow: Flow) -> Flow:
        if protocol not in (flow.packet.protocol, "th", "ip" if flow.packet.family == "ipv4" else "ip6"):
            return flow
        address, port = (_address(read)(flow), None) if is_address else (None, _port(read)(flow))
        packet = replace(flow.packet, **{names[field]: address if is_address else port})  # type: ignore[arg-type]
        rewrite = Rewrite("mangle", ref, address, port)
        return replace(flow, packet=packet, rewritten=(*flow.rewritten, rewrite))

    return [present(value, read), Change(apply)]
