"""nftables rulesets: what is read from nft's JSON, and what it means for a packet."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace
from typing import Any

import pytest

from checks.evidence import nft
from checks.evidence.firewall import Host, Packet, Route

A = ipaddress.ip_address
SMTP = Packet("ipv4", "in", "tcp", 25, 40000, A("198.51.100.5"), A("192.0.2.25"), "eth0")
SMTP6 = replace(SMTP, family="ipv6", source=A("2001:db8:9::5"), destination=A("2001:db8::25"))
OUT = replace(SMTP, direction="out", source=SMTP.destination, destination=SMTP.source, interface_in=None,
              interface_out="eth0")  # fmt: skip

ACCEPT, DROP, REJECT, RETURN = ({"accept": None}, {"drop": None}, {"reject": None}, {"return": None})
NEW = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}
# Nothing that a packet description holds tells its length.
UNKNOWABLE = {"match": {"op": ">", "left": {"meta": {"key": "length"}}, "right": 100}}


def payload(protocol: str, field: str, right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


def meta(key: str, right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": right}}


def dport(right: object) -> dict[str, Any]:
    return payload("tcp", "dport", right)


def to(verb: str, chain: str) -> dict[str, Any]:
    return {verb: {"target": chain}}


def chain(name: str, *rules: list[Any], table: str = "filter", family: str = "inet", **base: object) -> list[Any]:
    """A chain and its rules; base: hook, prio, policy, type."""
    place = {"family": family, "table": table}
    if base:
        base = {"type": "filter", "prio": 0, "policy": "accept", **base}
    listed: list[Any] = [{"chain": {**place, "name": name, **base}}]
    return listed + [
        {"rule": {**place, "chain": name, "handle": 10 + number, "expr": rule}} for number, rule in enumerate(rules)
    ]


def ruleset(*parts: list[Any]) -> nft.Ruleset:
    return nft.parse(json.dumps({"nftables": [{"metainfo": {}}, *(one for part in parts for one in part)]}))


def inputs(*rules: list[Any], policy: str = "drop") -> nft.Ruleset:
    return ruleset(chain("input", *rules, hook="input", policy=policy))


def named_set(name: str, elements: list[Any], kind: str = "set", **more: object) -> list[Any]:
    return [{kind: {"family": "inet", "table": "filter", "name": name, "elem": elements, **more}}]


def test_an_empty_ruleset_accepts_everything() -> None:
    decision = ruleset().decide(SMTP)
    assert (decision.outcome, decision.rule, decision.why) == ("accept", None, "no rule is in its way")


def test_a_drop_names_its_rule_as_an_administrator_finds_it() -> None:
    decision = inputs([dport(587), DROP], policy="accept").decide(replace(SMTP, destination_port=587))
    assert decision.outcome == "drop"
    assert str(decision.rule) == "`tcp dport 587 drop` in inet filter input (handle 10)"


def test_a_policy_that_decides_says_that_no_rule_admits() -> None:
    decision = inputs([dport(587), ACCEPT]).decide(SMTP)
    assert (decision.outcome, decision.why) == ("drop", "no rule admits it: policy drop of inet filter input")


def test_a_drop_in_any_table_is_final_and_an_accept_only_ends_its_own() -> None:
    early = chain("early", [dport(25), ACCEPT], table="a", hook="input", prio=-10)
    late = chain("late", [dport(25), DROP], table="b", hook="input", prio=10)
    decision = ruleset(early, late).decide(SMTP)
    assert decision.rule is not None
    assert (decision.outcome, decision.rule.table) == ("drop", "b")


def test_the_accept_that_is_named_is_the_one_of_the_input_chain() -> None:
    raw = chain("raw", [ACCEPT], hook="prerouting", prio=-300)
    decision = ruleset(raw, chain("input", [dport(25), ACCEPT], hook="input", policy="drop")).decide(SMTP)
    assert str(decision.rule).startswith("`tcp dport 25 accept` in inet filter input")


@pytest.mark.parametrize(
    ("verb", "sub", "outcome"),
    [
        ("jump", [[RETURN], [DROP]], "accept"),  # return goes back, and the next rule accepts
        ("jump", [[dport(80), DROP]], "accept"),  # so does the end of the chain
        ("goto", [[RETURN], [DROP]], "drop"),  # after goto the policy decides
        ("goto", [[ACCEPT]], "accept"),
        ("jump", [[REJECT]], "reject"),
    ],
)
def test_jump_goto_and_return(verb: str, sub: list[list[Any]], outcome: str) -> None:
    base = chain("input", [dport(25), to(verb, "sub")], [ACCEPT], hook="input", policy="drop")
    assert ruleset(chain("sub", *sub), base).decide(SMTP).outcome == outcome


def test_goto_from_a_called_chain_returns_to_the_caller_of_that_chain() -> None:
    parts = [chain("b", [RETURN]), chain("a", [to("goto", "b")], [DROP])]
    assert ruleset(*parts, chain("input", [to("jump", "a")], [ACCEPT], hook="input")).decide(SMTP).outcome == "accept"


@pytest.mark.parametrize(
    ("elements", "hit"),
    [
        ([25, 587], True),
        ([587, {"range": [20, 30]}], True),
        ([{"elem": {"val": 25, "timeout": 60, "expires": 3}}], True),
        ([{"range": [26, 30]}, 24], False),
        ([], False),
    ],
)
def test_sets_of_ports(elements: list[Any], hit: bool) -> None:
    expected = "accept" if hit else "drop"
    assert inputs([dport({"set": elements}), ACCEPT]).decide(SMTP).outcome == expected
    base = chain("input", [dport("@ports"), ACCEPT], hook="input", policy="drop")
    assert ruleset(named_set("ports", elements), base).decide(SMTP).outcome == expected


def test_concatenations_with_intervals() -> None:
    left = {
        "concat": [
            {"payload": {"protocol": "ip", "field": "saddr"}},
            {"payload": {"protocol": "tcp", "field": "dport"}},
        ]
    }
    element = {"concat": [{"prefix": {"addr": "198.51.100.0", "len": 24}}, {"range": [25, 26]}]}
    rules = inputs([{"match": {"op": "==", "left": left, "right": {"set": [element]}}}, ACCEPT])
    assert rules.decide(SMTP).outcome == "accept"
    assert rules.decide(replace(SMTP, destination_port=27)).outcome == "drop"
    assert rules.decide(replace(SMTP, source=A("203.0.113.1"))).outcome == "drop"
    assert rules.decide(SMTP6).outcome == "drop"  # it has no ip saddr


def test_a_field_the_packet_lacks_satisfies_no_comparison_not_even_unequal() -> None:
    rules = inputs([payload("tcp", "dport", 80, "!="), ACCEPT])
    assert rules.decide(SMTP).outcome == "accept"
    assert rules.decide(replace(SMTP, protocol="udp")).outcome == "drop"


def test_a_hook_without_an_interface_has_one_without_a_name() -> None:
    rules = ruleset(chain("output", [meta("iifname", "eth1", "!="), DROP], hook="output"))
    assert rules.decide(OUT).outcome == "drop"


@pytest.mark.parametrize(
    ("name", "outcome"), [("eth*", "accept"), ("eth0", "accept"), ("br-*", "drop"), ("eth\\*", "drop")]
)
def test_interface_wildcards(name: str, outcome: str) -> None:
    assert inputs([meta("iifname", name), ACCEPT]).decide(SMTP).outcome == outcome
    assert inputs([meta("iifname", {"set": [name, "wg0"]}), ACCEPT]).decide(SMTP).outcome == outcome


def test_a_packet_from_elsewhere_did_not_come_by_lo_even_if_the_interface_is_not_known() -> None:
    rules = inputs([meta("iifname", "lo"), DROP], [meta("iifname", "eth0"), DROP], [ACCEPT])
    decision = rules.decide(replace(SMTP, interface_in=None))
    assert decision.outcome == "undecided"
    assert decision.rule is not None
    assert decision.rule.text == 'iifname "eth0" drop'


def test_verdict_maps_with_a_jump_a_range_and_everything_else() -> None:
    data = [[25, to("jump", "mail")], [{"range": [1, 24]}, DROP], ["*", ACCEPT]]
    vmap = {"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": data}}}
    rules = ruleset(chain("mail", [REJECT]), chain("input", [vmap], hook="input", policy="drop"))
    outcomes = [rules.decide(replace(SMTP, destination_port=port)).outcome for port in (25, 24, 26)]
    assert outcomes == ["reject", "drop", "accept"]


def test_a_verdict_map_with_an_unknown_key_leaves_all_its_verdicts_possible() -> None:
    data = [[1, ACCEPT], [2, to("jump", "mail")]]
    vmap = {"vmap": {"key": {"ct": {"key": "mark"}}, "data": {"set": data}}}
    rules = ruleset(chain("mail", [REJECT]), chain("input", [vmap], hook="input", policy="drop"))
    decision = rules.decide(replace(SMTP, state="established"))
    assert decision.possible == {"accept", "drop", "reject"}
    assert decision.rule is not None
    assert decision.rule.position == 1


def test_a_rule_that_cannot_be_judged_matters_only_where_it_changes_the_outcome() -> None:
    assert (
        inputs([UNKNOWABLE, {"log": {"prefix": "long"}}], [UNKNOWABLE, ACCEPT], [ACCEPT]).decide(SMTP).outcome
        == "accept"
    )
    decision = inputs([UNKNOWABLE, {"log": {}}], [dport(25), UNKNOWABLE, ACCEPT]).decide(SMTP)
    assert (decision.outcome, decision.admits) == ("undecided", None)
    assert decision.rule is not None
    assert decision.rule.text == "tcp dport 25 meta length > 100 accept"
    assert inputs([dport(80), UNKNOWABLE, ACCEPT]).decide(SMTP).outcome == "drop"


def test_a_packet_that_is_dropped_or_rejected_is_not_admitted_either_way() -> None:
    decision = inputs([UNKNOWABLE, REJECT]).decide(SMTP)
    assert decision.admits is False
    assert decision.possible == {"drop", "reject"}


def test_a_statement_that_is_not_known_may_do_anything() -> None:
    decision = inputs([dport(25), {"synproxy": {"mss": 1460}}], [ACCEPT]).decide(SMTP)
    assert decision.outcome == "undecided"
    assert inputs([dport(80), {"synproxy": {"mss": 1460}}], [ACCEPT]).decide(SMTP).outcome == "accept"


RATE = {"limit": {"rate": 10, "burst": 5, "per": "second"}}
OVER = {"limit": {"rate": 10, "burst": 5, "per": "second", "inv": True}}
SADDR = {"payload": {"protocol": "ip", "field": "saddr"}}


@pytest.mark.parametrize(
    "rules",
    [
        [[dport(25), RATE, ACCEPT]],
        [[dport(25), OVER, DROP], [dport(25), ACCEPT]],
        [[dport(25), {"ct count": {"val": 10, "inv": True}}, REJECT], [dport(25), ACCEPT]],
        [[dport(25), {"meter": {"key": SADDR, "stmt": OVER, "name": "m"}}, DROP], [ACCEPT]],
        [[dport(25), {"set": {"op": "add", "elem": SADDR, "set": "@dyn", "stmt": [OVER]}}, DROP], [ACCEPT]],
        [[dport(25), {"quota": {"val": 10, "val_unit": "mbytes"}}, ACCEPT]],
    ],
)
def test_limits_accept_the_packet_within_them_and_are_named(rules: list[list[Any]]) -> None:
    base = chain("input", *rules, hook="input", policy="drop")
    decision = ruleset(named_set("dyn", []), base).decide(SMTP)
    assert decision.outcome == "accept"
    assert decision.rate_limited_by is not None
    assert decision.rate_limited_by.position == 1


def test_a_limit_that_changes_nothing_is_not_named() -> None:
    assert inputs([RATE, {"log": {}}], [dport(25), ACCEPT]).decide(SMTP).rate_limited_by is None


def test_a_quota_that_is_used_up_is_no_longer_a_limit() -> None:
    quota = [{"quota": {"family": "inet", "table": "filter", "name": "q", "bytes": 10, "used": 11, "inv": True}}]
    rules = ruleset(quota, chain("input", [{"quota": "q"}, DROP], hook="input"))
    assert rules.decide(SMTP).outcome == "drop"


def test_an_address_that_a_rule_adds_to_a_set_is_in_it_for_the_next_rule() -> None:
    rules = [[{"set": {"op": "add", "elem": SADDR, "set": "@dyn"}}], [payload("ip", "saddr", "@dyn"), DROP]]
    base = chain("input", *rules, hook="input")
    assert ruleset(named_set("dyn", []), base).decide(SMTP).outcome == "drop"


def test_redirected_ports_are_judged_by_the_new_port_and_the_rule_is_named() -> None:
    nat = chain("nat", [dport(25), {"redirect": {"port": 2525}}], hook="prerouting", type="nat", prio=-100)
    rules = ruleset(nat, chain("input", [dport(2525), ACCEPT], hook="input", policy="drop"))
    decision = rules.decide(SMTP)
    assert decision.outcome == "accept"
    assert [(one.kind, one.port, one.rule.text) for one in decision.rewritten] == [
        ("redirect", 2525, "tcp dport 25 redirect to :2525")
    ]
    assert rules.decide(replace(SMTP, destination_port=2525)).rewritten == ()


def test_a_packet_sent_to_another_host_is_forwarded() -> None:
    nat = chain("nat", [dport(25), {"dnat": {"family": "ip", "addr": "172.18.0.2", "port": 2525}}],
                hook="prerouting", type="nat", prio=-100)  # fmt: skip
    forward = chain("forward", [meta("oifname", "br0"), dport(2525), ACCEPT], hook="forward", policy="drop")
    rules = ruleset(nat, forward, chain("input", hook="input", policy="drop"))
    host = Host(routes=(Route(ipaddress.ip_network("172.18.0.0/16"), "br0"),))
    assert rules.decide(SMTP, host).outcome == "accept"
    assert rules.decide(SMTP).outcome == "undecided"  # where it leaves is not known
    assert rules.decide(SMTP6).outcome == "drop"  # dnat ip is not for it


def test_outgoing_mail_that_a_proxy_intercepts_is_named() -> None:
    nat = chain("nat", [meta("skuid", 101, "!="), dport(25), {"redirect": {"port": 10025}}],
                hook="output", type="nat", prio=-100)  # fmt: skip
    rules = ruleset(nat)
    assert [one.port for one in rules.decide(replace(OUT, uid=33)).rewritten] == [10025]
    assert rules.decide(replace(OUT, uid=101)).rewritten == ()
    [perhaps] = rules.decide(OUT).rewritten
    assert not perhaps.certain


def test_the_sender_s_user_decides_what_leaves() -> None:
    rules = ruleset(
        chain("output", [meta("skuid", {"set": [0, 101]}), dport(25), ACCEPT], [dport(25), REJECT], hook="output")
    )
    outcomes = [rules.decide(replace(OUT, uid=uid)).outcome for uid in (101, 33, None)]
    assert outcomes == ["accept", "reject", "undecided"]


@pytest.mark.parametrize(("prio", "outcome"), [(-300, "drop"), (-150, "accept")])
def test_notrack_counts_only_before_connection_tracking(prio: int, outcome: str) -> None:
    raw = chain("raw", [dport(25), {"notrack": None}], hook="prerouting", prio=prio)
    assert ruleset(raw, chain("input", [NEW, ACCEPT], hook="input", policy="drop")).decide(SMTP).outcome == outcome


def test_before_connection_tracking_every_packet_is_invalid() -> None:
    rules = ruleset(chain("raw", [NEW, DROP], hook="prerouting", prio=-300))
    assert rules.decide(SMTP).outcome == "accept"
    assert ruleset(chain("input", [NEW, DROP], hook="input", prio=-300)).decide(SMTP).outcome == "drop"


def test_marks_travel_from_rule_to_rule() -> None:
    mark = {"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"|": [{"meta": {"key": "mark"}}, 16]}}}
    masked = {"match": {"op": "==", "left": {"&": [{"meta": {"key": "mark"}}, 240]}, "right": 16}}
    rules = ruleset(chain("pre", [dport(25), mark], hook="prerouting", prio=-150),
                    chain("input", [masked, ACCEPT], hook="input", policy="drop"))  # fmt: skip
    assert rules.decide(SMTP).outcome == "accept"
    assert rules.decide(replace(SMTP, destination_port=80)).outcome == "drop"


@pytest.mark.parametrize(
    ("left", "right", "hit"),
    [
        ({"payload": {"base": "th", "offset": 16, "len": 16}}, 25, True),
        ({"payload": {"base": "nh", "offset": 96, "len": 32}}, 0xC6336405, True),
        ({"payload": {"base": "nh", "offset": 72, "len": 8}}, 17, False),
        ({"&": [{"payload": {"protocol": "ip", "field": "frag-off"}}, 8191]}, 0, True),
        ({"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["fin", "syn", "rst", "ack"]]}, "syn", True),
        ({"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, {"|": ["syn", "ack"]}]}, "ack", False),
        ({"fib": {"result": "type", "flags": ["daddr"]}}, "local", True),
        ({"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, False, False),
        ({"exthdr": {"name": "frag"}}, True, False),
        ({"meta": {"key": "nfproto"}}, "ipv4", True),
        ({"meta": {"key": "l4proto"}}, {"set": ["udp", "sctp", 6]}, True),
    ],
)
def test_expressions(left: object, right: object, hit: bool) -> None:
    rules = inputs([{"match": {"op": "==", "left": left, "right": right}}, ACCEPT])
    assert rules.decide(SMTP).outcome == ("accept" if hit else "drop")


def test_an_ingress_chain_whose_device_is_not_told_may_be_in_the_way() -> None:
    ingress = chain("ing", [dport(25), DROP], family="netdev", hook="ingress")
    assert ruleset(ingress).decide(SMTP).outcome == "undecided"
    assert ruleset(ingress).decide(replace(SMTP, destination_port=80)).outcome == "accept"
    for device, outcome in (("eth0", "drop"), (["eth1"], "accept")):
        told = chain("ing", [dport(25), DROP], family="netdev", hook="ingress", dev=device)
        assert ruleset(told).decide(SMTP).outcome == outcome


def test_blocked_sources_come_from_sets_and_from_single_rules() -> None:
    banned = named_set("bans", ["203.0.113.9", {"prefix": {"addr": "198.51.100.0", "len": 24}},
                                {"elem": {"val": {"range": ["192.0.2.4", "192.0.2.7"]}, "timeout": 60}}])  # fmt: skip
    base = chain("input", [payload("ip", "saddr", "@bans"), to("jump", "gone")],
                 [payload("ip6", "saddr", "2001:db8::1"), DROP],
                 [payload("ip", "saddr", "@bans", "!="), DROP], [payload("ip", "saddr", "192.0.2.1"), OVER, DROP],
                 hook="input")  # fmt: skip
    lists = ruleset(banned, chain("gone", [{"log": {}}], [DROP]), base).blocked_sources()
    assert [(one.name, [str(network) for network in one.networks]) for one in lists] == [
        ("bans", ["203.0.113.9/32", "198.51.100.0/24", "192.0.2.4/30"]),
        ("input", ["2001:db8::1/128"]),
    ]
    assert lists[0].holds(A("198.51.100.77"))
    assert not lists[0].holds(A("192.0.2.8"))


def test_the_default_is_what_becomes_of_a_packet_that_no_condition_names() -> None:
    closing = inputs([dport(25), ACCEPT], [{"counter": None}, REJECT], policy="accept")
    assert closing.default_policy("in", "ipv4").outcome == "reject"
    assert inputs(policy="drop").default_policy("in", "ipv6").outcome == "drop"
    assert inputs(policy="drop").default_policy("out", "ipv4").outcome == "accept"
    only6 = inputs([meta("nfproto", "ipv6"), DROP], policy="accept")
    assert [only6.default_policy("in", family).outcome for family in ("ipv4", "ipv6")] == ["accept", "drop"]


def test_chains_that_call_each_other_in_a_circle_are_left_undecided() -> None:
    parts = [chain("a", [to("jump", "b")]), chain("b", [to("jump", "a")])]
    assert ruleset(*parts, chain("input", [to("jump", "a")], hook="input")).decide(SMTP).outcome == "undecided"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not JSON"),
        ('{"nftables": [', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no list named nftables"),
        ('{"nftables": [1]}', "object 0"),
        ('{"nftables": [{"rule": {"family": "inet", "table": "t"}}]}', "a rule without"),
        ('{"nftables": [{"chain": []}]}', "a chain without"),
    ],
)
def test_what_is_no_ruleset_is_refused_with_the_reason(text: str, what: str) -> None:
    with pytest.raises(nft.NftError, match=what):
        nft.parse(text)


@pytest.mark.parametrize(
    ("expr", "text"),
    [  # as nft 1.0.6 prints them
        ([dport({"set": [25, {"range": [1000, 2000]}]}), {"counter": {"packets": 9, "bytes": 9}}, ACCEPT],
         "tcp dport { 25, 1000-2000 } counter accept"),
        ([meta("iifname", "eth0"), NEW, RATE, ACCEPT],
         'iifname "eth0" ct state new limit rate 10/second burst 5 packets accept'),
        ([meta("mark", 5), to("jump", "x")], "meta mark 0x00000005 jump x"),
        ([payload("ip", "saddr", {"prefix": {"addr": "10.0.0.0", "len": 8}}, "!="), {"log": {"prefix": "x: "}}, DROP],
         'ip saddr != 10.0.0.0/8 log prefix "x: " drop'),
        ([{"dnat": {"family": "ip6", "addr": "2001:db8::1", "port": 26}}], "dnat ip6 to [2001:db8::1]:26"),
        ([{"reject": {"type": "icmpx", "expr": "admin-prohibited"}}], "reject with icmpx admin-prohibited"),
    ],
)  # fmt: skip
def test_rules_are_written_as_nft_writes_them(expr: list[Any], text: str) -> None:
    [rule] = inputs(expr).chains[0].rules
    assert rule.ref.text == text
