"""ipset listings, and iptables rules that ask for their sets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.evidence.ipset import IpsetError, parse_ipset
from tests.evidence.nft_json import SMTP
from tests.evidence.test_iptables import A, inputs

IPSET = """create bans hash:net family inet hashsize 1024 maxelem 65536 timeout 600
add bans 198.51.100.0/24 timeout 5
add bans 198.51.100.7 nomatch
create pairs hash:ip,port family inet
add pairs 198.51.100.5,tcp:25
create odd hash:ip,mark family inet
add odd 198.51.100.5,0x1
create all list:set size 8
add all bans
add all pairs
"""


@pytest.mark.parametrize(
    ("match", "source", "expected"),
    [
        ("bans src", "198.51.100.5", "accept"),
        ("bans src", "198.51.100.7", "drop"),  # the exception is the longer prefix
        ("bans src", "203.0.113.5", "drop"),
        ("bans dst", "198.51.100.5", "drop"),
        ("pairs src,dst", "198.51.100.5", "accept"),
        ("pairs src,src", "198.51.100.5", "drop"),
        ("odd src,dst", "198.51.100.5", "undecided"),
        ("absent src", "198.51.100.5", "undecided"),
    ],
)
def test_ipsets(match: str, source: str, expected: str) -> None:
    rules = inputs(f"-m set --match-set {match} -j ACCEPT", ipset=IPSET)
    assert rules.decide(replace(SMTP, source=A(source))).outcome == expected


def test_a_set_that_rules_change_on_the_way_is_not_known() -> None:
    rules = inputs("-j SET --add-set bans src --exist", "-m set --match-set bans src -j ACCEPT", ipset=IPSET)
    assert rules.decide(replace(SMTP, source=A("203.0.113.5"))).outcome == "undecided"


@pytest.mark.parametrize("text", ["nonsense", "create x", "add x 192.0.2.1"])
def test_what_is_no_ipset_listing_is_refused(text: str) -> None:
    with pytest.raises(IpsetError, match="line 1"):
        parse_ipset(text)


def test_blocked_sources_of_chains_and_sets() -> None:
    rules = inputs("f2b -s 198.51.100.66/32 -j REJECT", "f2b -s 198.51.100.67/32 -j DROP", "f2b -j RETURN", "-j f2b",
                   "-m set --match-set bans src -j DROP", chains="f2b", ipset=IPSET)  # fmt: skip
    listed = {one.name: [str(network) for network in one.networks] for one in rules.blocked_sources()}
    assert listed == {"bans": ["198.51.100.0/24"], "f2b": ["198.51.100.66/32", "198.51.100.67/32"]}
