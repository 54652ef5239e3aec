"""The conditions of an iptables rule: its own options and those of the extensions loaded with `-m`."""

from __future__ import annotations

from checks.evidence.firewall_rule import Flow, Limit, Match, Step
from checks.evidence.iptables_extension import (
    Builder,
    Context,
    Test,
    address_type,
    connection_mark,
    connection_state,
    connection_status,
    hop_limit,
    icmp_type,
    in_set,
    original_end,
    owner,
    packet_type,
    policy,
    reverse_path,
    segment_size,
    untold,
)
from checks.evidence.iptables_line import Extension, Option
from checks.evidence.iptables_option import (
    address,
    address_range,
    interface,
    mark,
    port,
    ports,
    protocol,
    tcp_flags,
)

# They hold below, or beyond, a rate, a volume or a number.
RATES = {"limit", "hashlimit", "connlimit", "quota"}
# Extension headers, which an ordinary packet has not: no option of theirs matches, not even a negated one.
HEADERS = {"ah", "esp", "frag", "rt", "dst", "hbh", "mh"}
_PORTS: dict[str, Builder] = {
    "--sport": port("source"), "--source-port": port("source"), "--dport": port("destination"),
    "--destination-port": port("destination"),
}  # fmt: skip
TESTS: dict[str, dict[str, Builder]] = {
    "": {
        "-s": address("source"), "-d": address("destination"), "-p": protocol, "-i": interface("in"),
        "-o": interface("out"), "-f": lambda *_: lambda _: False,
    },
    "tcp": {**_PORTS, "--tcp-flags": tcp_flags, "--syn": tcp_flags},
    "udp": _PORTS,
    "multiport": {"--sports": ports("source"), "--dports": ports("destination"), "--ports": ports("either")},
    "icmp": {"--icmp-type": icmp_type},
    "icmp6": {"--icmpv6-type": icmp_type},
    "conntrack": {
        "--ctstate": connection_state, "--ctstatus": connection_status, "--ctproto": protocol,
        "--ctdir": lambda _, option: lambda flow: flow.packet.reply == (option.values[0] == "REPLY"),
        "--ctorigsrc": original_end("source"), "--ctorigdst": original_end("destination"),
        "--ctorigsrcport": original_end("source_port"), "--ctorigdstport": original_end("destination_port"),
    },
    "state": {"--state": connection_state},
    "addrtype": {"--src-type": address_type("saddr"), "--dst-type": address_type("daddr")},
    "comment": {},
    "mark": {"--mark": mark},
    "connmark": {"--mark": connection_mark},
    "owner": {"--uid-owner": owner, "--gid-owner": owner, "--socket-exists": owner},
    "iprange": {"--src-range": address_range("source"), "--dst-range": address_range("destination")},
    "pkttype": {"--pkt-type": packet_type},
    "set": {"--match-set": in_set},
    "policy": {"--pol": policy},
    "hl": {"--hl-eq": hop_limit},
    "tcpmss": {"--mss": segment_size},
    "helper": {"--helper": lambda *_: lambda flow: False if flow.packet.state == "new" else None},
    "physdev": {"--physdev-is-bridged": lambda *_: lambda _: False},
}  # fmt: skip
# They say how something is done, or ask what every packet here fulfils.
INERT = {("comment", "--comment"), ("policy", "--dir"), ("addrtype", "--limit-iface-in"),
         ("addrtype", "--limit-iface-out"), ("set", "--update-counters"), ("set", "--update-subcounters")}  # fmt: skip


def conditions(context: Context, extension: Extension) -> list[Step]:
    """The steps of one extension. What is not known here cannot be told, and is no error."""
    name = extension.name
    if name in RATES:
        above = any("above" in option.name or option.negated for option in extension.options)
        return [Limit(over=above)]
    if name == "recent":
        return _recent(extension)
    if name == "rpfilter":
        return [_match(reverse_path, Option("--rpfilter", (), extension.get("--invert") is not None))]
    if name in HEADERS:
        return [Match(lambda _: False)]
    if name not in TESTS:
        return [Match(untold)]
    if name in ("conntrack", "connmark"):
        return [_connection(context, extension)]
    return [
        _match(_test(context, name, option), option) for option in extension.options if (name, option.name) not in INERT
    ]


def _test(context: Context, name: str, option: Option) -> Test:
    build = TESTS[name].get(option.name)
    try:
        return untold if build is None else build(context, option)
    except (ValueError, KeyError, IndexError):
        return untold


def _connection(context: Context, extension: Extension) -> Match:
    """conntrack and connmark: a packet without a connection fits if its state was asked for, and nothing else of it."""
    matches = {option: _match(_test(context, extension.name, option), option) for option in extension.options}
    asked = extension.get("--ctstate")

    def test(flow: Flow) -> bool | None:
        if flow.state() in ("invalid", "untracked"):
            return matches[asked].test(flow) if asked is not None else False
        holds = [match.test(flow) for match in matches.values()]
        return False if False in holds else (None if None in holds else True)

    return Match(test)


def _recent(extension: Extension) -> list[Step]:
    """``--set`` notes the address; ``--update --hitcount n`` asks whether it came too often."""
    if extension.get("--set") is not None:
        return []
    asked, count = extension.get("--rcheck", "--update"), extension.value("--hitcount")
    if asked is None or count is None or not count.isdecimal() or int(count[:9]) < 2:
        return [Match(untold)]
    return [Limit(over=not asked.negated)]


def _match(test: Test, option: Option) -> Match:
    if not option.negated:
        return Match(test)

    def negated(flow: Flow) -> bool | None:
        holds = test(flow)
        return None if holds is None else not holds

    return Match(negated)
