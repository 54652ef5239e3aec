"""Single rules of a firewall: the ports that they hand on, and the connections that they let in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.firewall_ports import handed_on, named_ports, per_minute


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("tcp dport 25 ct state new limit rate over 10/minute drop", 10),
        ("limit rate 5/second burst 5 packets accept", 300),
        ("-A INPUT -p tcp -m limit --limit 120/hour -j ACCEPT", 2),
        ("-m recent --update --seconds 30 --hitcount 6 --name DEFAULT -j DROP", 12),
        ("-A ufw-user-limit -j REJECT", float("inf")),
    ],
)
def test_rates_are_told_in_connections_a_minute(text: str, rate: float) -> None:
    assert per_minute(text) == rate


def test_the_ports_of_a_ban_are_read() -> None:
    assert named_ports("tcp dport { 25, 465, 587 } ip saddr @f2b reject") == {25, 465, 587}
    assert named_ports("-A INPUT -p tcp -m multiport --dports 25,465 -j f2b-postfix") == {25, 465}
    assert not named_ports("ip saddr @blocked drop")


def test_ports_of_containers_are_found_in_either_notation() -> None:
    saved = "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 3306 -j DNAT --to-destination 172.17.0.2:3306\n"
    dport = {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 5432}}
    rule = {"rule": {"expr": [dport, {"dnat": {"addr": "172.17.0.3", "port": 5432}}]}}
    listed = json.dumps({"nftables": [{"metainfo": {}}, rule, {"rule": {"expr": [dport, {"accept": None}]}}]})
    assert handed_on(listed, (saved,)) == (("tcp", 3306), ("tcp", 5432))


@given(st.text(), st.text(), st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["nftables", "rule", "expr", "match", "left", "right", "payload", "dnat", "field"]), x)))  # fmt: skip
def test_anything_is_read(text: str, saved: str, tree: object) -> None:
    per_minute(text)
    handed_on(text, (saved,))
    handed_on(json.dumps(tree), (saved,))
