"""nftables rules that do more than ask: limits, NAT, marks, tracking, and the bans and defaults they amount to."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pytest

from checks.evidence.firewall import Host, Route
from tests.evidence.nft_json import (
    ACCEPT,
    DROP,
    NEW,
    OUT,
    OVER,
    RATE,
    REJECT,
    SADDR,
    SMTP,
    SMTP6,
    A,
    chain,
    dport,
    inputs,
    meta,
    named_set,
    payload,
    ruleset,
    to,
)


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
