"""Hostile rulesets: whatever a host prints, the parsers give a ruleset or a clear error, and decisions never crash."""

from __future__ import annotations

import ipaddress
import json
import random
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.evidence import iptables, nft
from checks.evidence.firewall import Packet
from checks.evidence.firewall_ruleset import Ruleset, blocked_sources, decide, default_policy
from checks.evidence.ipset import IpsetError, parse_ipset
from tests.evidence.nft_json import OUT, SMTP, SMTP6

RECORDED = Path(__file__).parent / "firewall"
ANYWHERE = Packet("ipv6", "forward", "icmpv6", state="related", mark=None)
PACKETS = (SMTP, SMTP6, OUT, ANYWHERE)
NFT = (RECORDED / "fail2ban.nft.json").read_text()
SAVED = (RECORDED / "legacy.iptables-save").read_text()
SETS = (RECORDED / "legacy.ipset").read_text()
VOCABULARY = """match left right op == in payload protocol ip saddr meta key mark ct state set @x range prefix addr len
concat vmap data jump target input accept drop elem val * & | dnat port map limit xt fib result flags exthdr base th
offset mangle value 10.0.0.1 ::1 eth* established 0x iifname quota"""
WORDS = st.sampled_from([*VOCABULARY.split(), "9" * 5000, "\x00"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def use(rulesets: list[Ruleset]) -> None:
    """Asks everything there is to ask."""
    for packet in PACKETS:
        assert decide(rulesets, packet).possible
    assert default_policy(rulesets, "in", "ipv6").why
    assert all(one.name for one in blocked_sources(rulesets))


def read_nft(text: str) -> None:
    try:
        rules = nft.parse(text)
    except nft.NftError as error:
        assert str(error)  # noqa: PT017
        return
    use([rules])


@FUZZ
@given(JSON)
def test_any_json_is_a_ruleset_or_an_error(document: object) -> None:
    read_nft(json.dumps(document))
    read_nft(json.dumps({"nftables": document}))


@FUZZ
@given(st.lists(JSON, max_size=4), JSON, JSON)
def test_any_expression_in_a_rule_can_be_decided_somehow(statements: list[Any], elements: object, key: object) -> None:
    place = {"family": "inet", "table": "t"}
    vmap = {"vmap": {"key": key, "data": {"set": [[elements, {"drop": None}], ["*", elements]]}}}
    match = {"match": {"op": "==", "left": key, "right": elements}}
    ruleset = [
        {"set": {**place, "name": "x", "elem": elements}},
        {"chain": {**place, "name": "input", "hook": "input", "type": "filter", "prio": 0, "policy": "drop"}},
        *({"rule": {**place, "chain": "input", "expr": expr}} for expr in (statements, [match, *statements], [vmap])),
    ]
    read_nft(json.dumps({"nftables": ruleset}))


@FUZZ
@given(st.integers(0, 2**32))
def test_a_recorded_nft_ruleset_with_parts_exchanged(seed: int) -> None:
    rng = random.Random(seed)
    document = json.loads(NFT)
    nodes: list[Any] = [document]
    for node in nodes:  # grows as it goes
        nodes.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    for _ in range(rng.randint(1, 6)):
        holder = rng.choice([node for node in nodes if isinstance(node, dict | list) and node])
        place = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[place] = rng.choice([json.loads(json.dumps(rng.choice(nodes[50:]))), None, -1, "@x", {}, []])
    read_nft(json.dumps(document))


def read_iptables(text: str, sets: str | None) -> None:
    try:
        rules = iptables.parse(text, "ipv4", sets)
    except (iptables.IptablesError, IpsetError) as error:
        assert str(error)  # noqa: PT017
        return
    use([rules])


@FUZZ
@given(st.text(max_size=200), st.text(max_size=100))
def test_any_text_is_an_iptables_ruleset_or_an_error(text: str, sets: str) -> None:
    read_iptables(text, sets)
    read_iptables(f"*filter\n:INPUT DROP [0:0]\n-A INPUT {text}\nCOMMIT\n", None)


@FUZZ
@given(st.integers(0, 2**32))
def test_a_recorded_iptables_ruleset_with_words_exchanged(seed: int) -> None:
    rng = random.Random(seed)
    lines = [line.split(" ") for line in SAVED.splitlines()]
    words = [word for line in lines for word in line] + [
        "!",
        '"',
        "-",
        "--",
        "",
        "0x",
        "1:2:3",
        ",",
        "99999999999",
        "/",
        "::/",
    ]
    for _ in range(rng.randint(1, 6)):
        line = rng.choice(lines)
        line[rng.randrange(len(line))] = rng.choice(words)
    read_iptables("\n".join(" ".join(line) for line in lines) + "\n", SETS)


@FUZZ
@given(st.integers(0, 2**32))
def test_a_recorded_ipset_with_characters_exchanged(seed: int) -> None:
    rng = random.Random(seed)
    octets = list(SETS)
    for _ in range(rng.randint(1, 6)):
        octets[rng.randrange(len(octets))] = rng.choice("0123456789:/,. \nadcretblkxs")
    try:
        found = parse_ipset("".join(octets))
    except IpsetError as error:
        assert "line" in str(error)  # noqa: PT017
        return
    for one in found.values():
        assert one.holds([ipaddress.ip_address("192.0.2.1")], "tcp", found) in (True, False, None)


def test_a_ruleset_built_to_be_endless_costs_little() -> None:
    """Every chain calls the next six times, and nobody can say which calls are made."""
    chains = "".join(f":c{number} - [0:0]\n" for number in range(17))
    pair = "-A c{0} -m time --timestart 1 -j c{1}\n-A c{0} -m u32 --u32 1 -j MARK --or-mark {2}\n"
    calls = "".join(pair.format(n, n + 1, 1 << n) * 6 for n in range(16))
    rules = iptables.parse(f"*filter\n:INPUT DROP [0:0]\n{chains}-A INPUT -j c0\n{calls}COMMIT\n", "ipv4")
    begin = time.process_time()
    assert rules.decide(SMTP).outcome == "undecided"
    assert time.process_time() - begin < 10
