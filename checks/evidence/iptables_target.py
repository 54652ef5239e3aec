"""What an iptables rule does: verdicts, jumps, marks and NAT."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace

from checks.evidence.firewall import Address, RuleRef
from checks.evidence.firewall_rule import Change, Flow, Nat, Step, Verdict
from checks.evidence.iptables_line import Extension
from checks.evidence.iptables_option import number_and_mask

VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject", "RETURN": "return"}
NAT = {"DNAT": "dnat", "REDIRECT": "redirect", "SNAT": "snat", "MASQUERADE": "masquerade", "NETMAP": "dnat",
       "SAME": "snat", "TPROXY": "tproxy"}  # fmt: skip
# They log, count, or change what decides nothing here, and let the packet go on.
PASSING = {
    "LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "TCPMSS", "TCPOPTSTRIP", "DSCP", "TOS", "ECN", "TTL", "HL", "CLASSIFY",
    "CHECKSUM", "SECMARK", "CONNSECMARK", "IDLETIMER", "LED", "RATEEST", "TEE", "ACCOUNT",
}  # fmt: skip
ALL = 0xFFFFFFFF


def action(ref: RuleRef, target: Extension, goto: bool, chains: frozenset[str]) -> list[Step]:
    """The steps of a target; chains: those of this table that rules may jump to."""
    name = target.name
    if name in chains:
        return [Verdict("goto" if goto else "jump", name)]
    if name in VERDICTS:
        return [Verdict(VERDICTS[name])]
    if name in NAT:
        return [Change(_nat(ref, target).apply), Verdict("accept")]
    if name in ("MARK", "CONNMARK"):
        return [Change(_marks(target))]
    if name == "NOTRACK" or (name == "CT" and target.get("--notrack")):
        return [Change(lambda flow: flow if flow.tracked else replace(flow, notrack=True))]
    if name == "SET":
        names = tuple(option.values[0] for option in target.options if option.name != "--exist" and option.values)
        return [Change(lambda flow: replace(flow, touched=(*flow.touched, *((one, None, True) for one in names))))]
    return [] if name in PASSING or name == "CT" else [Verdict("undecided")]


def _nat(ref: RuleRef, target: Extension) -> Nat:
    where = target.value("--to-destination", "--to-source", "--to", "--on-ip") or ""
    address, port = _place(where)
    ports = port or target.value("--to-ports", "--on-port") or ""
    number = int(ports) if ports.isdecimal() and len(ports) < 6 else None
    moves = bool(where) and not where.startswith(":")
    return Nat(
        NAT[target.name],
        ref,
        address=(lambda _: address) if moves else None,
        port=(lambda _: number) if ports else None,
    )


def _place(text: str) -> tuple[Address | None, str]:
    """``192.0.2.1``, ``192.0.2.1:25``, ``[2001:db8::1]:25``; a range or network is no one address."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "")
    try:
        return ipaddress.ip_address(host), port
    except ValueError:
        return None, port


def _marks(target: Extension) -> Callable[[Flow], Flow]:
    """MARK and CONNMARK; what is not understood leaves the mark unknown."""
    connection = target.name == "CONNMARK"

    def change(flow: Flow) -> Flow:
        if (connection or target.get("--restore-mark")) and flow.state() in ("invalid", "untracked"):
            return flow  # there is no connection to mark
        try:
            return _marked(flow, target, connection)
        except ValueError:
            return _put(flow, connection, None)

    return change


def _put(flow: Flow, connection: bool, mark: int | None) -> Flow:
    if connection:
        return replace(flow, connection_mark=mark)
    return replace(flow, packet=replace(flow.packet, mark=mark))


def _marked(flow: Flow, target: Extension, connection: bool) -> Flow:
    ct_mask = int(target.value("--ctmask", "--mask") or hex(ALL), 0)
    packet_mask = int(target.value("--nfmask", "--mask") or hex(ALL), 0)
    ours, theirs = flow.packet.mark, flow.connection_mark
    if target.get("--save-mark"):
        known = ours is not None and theirs is not None
        return _put(flow, True, (theirs & ~ct_mask) ^ (ours & packet_mask) if known else None)  # type: ignore[operator]
    if target.get("--restore-mark"):
        known = ours is not None and theirs is not None
        return _put(flow, False, (ours & ~packet_mask) ^ (theirs & ct_mask) if known else None)  # type: ignore[operator]
    for option in target.options:
        if option.name in OPERATIONS and option.values:
            value, mask = number_and_mask(option.values[0])
            old = theirs if connection else ours
            if old is None and (mask != ALL or option.name not in ("--set-xmark", "--set-mark")):
                return _put(flow, connection, None)
            return _put(flow, connection, OPERATIONS[option.name](old or 0, value, mask) & ALL)
    return _put(flow, connection, None)


OPERATIONS: dict[str, Callable[[int, int, int], int]] = {
    "--set-xmark": lambda old, value, mask: (old & ~mask) ^ value,
    "--set-mark": lambda old, value, mask: (old & ~mask) | value,
    "--and-mark": lambda old, value, _: old & value,
    "--or-mark": lambda old, value, _: old | value,
    "--xor-mark": lambda old, value, _: old ^ value,
}
