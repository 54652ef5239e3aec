"""Hosts on which nftables and iptables, legacy or on nf_tables, are in effect at once."""

from __future__ import annotations

from checks.evidence import iptables
from checks.evidence.firewall_ruleset import decide
from tests.evidence.nft_json import SMTP
from tests.evidence.nft_json import chain as nft_chain
from tests.evidence.nft_json import ruleset as nft_ruleset
from tests.evidence.test_iptables import inputs, table


def test_a_legacy_table_beside_nftables_is_in_effect_too() -> None:
    legacy = inputs("-p tcp -m tcp --dport 25 -j DROP", policy="ACCEPT")
    admits = [
        {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 25}},
        {"accept": None},
    ]
    native = nft_ruleset(nft_chain("input", admits, hook="input", policy="drop"))
    assert native.decide(SMTP).outcome == "accept"
    assert decide([native, legacy], SMTP).outcome == "drop"


def test_of_two_engines_at_one_priority_either_may_rewrite_first() -> None:
    port = {"payload": {"protocol": "tcp", "field": "dport"}}
    redirect = [{"match": {"op": "==", "left": port, "right": 25}}, {"redirect": {"port": 80}}]
    native = nft_ruleset(nft_chain("nat", redirect, hook="prerouting", type="nat", prio=-100))
    nat = table(
        "PREROUTING -p tcp -m tcp --dport 25 -j REDIRECT --to-ports 587", name="nat", hook="PREROUTING", policy="ACCEPT"
    )
    legacy = iptables.parse(nat + table("INPUT -p tcp -m tcp --dport 587 -j ACCEPT"), "ipv4")
    assert decide([native, legacy], SMTP).outcome == "undecided"


def test_what_iptables_says_of_its_nf_tables_replaces_what_nft_shows() -> None:
    shown = nft_ruleset(
        nft_chain("INPUT", [{"xt": {"type": "match", "name": "u32"}}, {"drop": None}], family="ip", hook="input")
    )
    told = iptables.parse("# (nf_tables)\n" + table("INPUT -p udp -j DROP", policy="ACCEPT"), "ipv4")
    assert shown.decide(SMTP).outcome == "undecided"
    assert decide([shown, told], SMTP).outcome == "accept"
