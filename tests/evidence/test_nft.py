"""nftables rulesets: what is read from nft's JSON, and which rule decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.evidence import nft
from tests.evidence.nft_json import (
    ACCEPT,
    DROP,
    NEW,
    OUT,
    RATE,
    REJECT,
    RETURN,
    SMTP,
    SMTP6,
    UNKNOWABLE,
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
