"""Firewalls as ufw, firewalld, fail2ban, Docker and a hand-written script leave them: expectations checked by hand.

Recorded in a network namespace of a Debian 13 root with ufw 0.36.2, firewalld 2.3.1 and fail2ban 1.1.0 (the
CrowdSec table beside fail2ban's is as its bouncer makes it); docker and legacy were loaded from typical files and
saved by iptables 1.8.9.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from checks.evidence import iptables, nft
from checks.evidence.firewall import Decision, Host, Packet, Route
from checks.evidence.firewall_ruleset import Ruleset, blocked_sources, decide, default_policy
from tests.evidence.nft_json import OUT, SMTP, SMTP6

A = ipaddress.ip_address
RECORDED = Path(__file__).parent / "firewall"
BRIDGE = "br-1f2e3d4c5b6a"
HOST = Host(
    frozenset({A("192.0.2.25")}),
    (Route(ipaddress.ip_network("172.18.0.0/16"), BRIDGE), Route(ipaddress.ip_network("0.0.0.0/0"), "eth0")),
)
OUT6 = replace(OUT, family="ipv6", source=SMTP6.destination, destination=SMTP6.source)


def text(name: str) -> str:
    return (RECORDED / name).read_text()


@cache
def firewall(name: str) -> tuple[Ruleset, ...]:
    """Every recorded listing of one host."""
    found: list[Ruleset] = []
    if (RECORDED / f"{name}.nft.json").exists():
        found.append(nft.parse(text(f"{name}.nft.json")))
    if (RECORDED / f"{name}.iptables-save").exists():
        sets = text(f"{name}.ipset") if (RECORDED / f"{name}.ipset").exists() else None
        found.append(iptables.parse(text(f"{name}.iptables-save"), "ipv4", sets))
    if (RECORDED / f"{name}.ip6tables-save").exists():
        found.append(iptables.parse(text(f"{name}.ip6tables-save"), "ipv6"))
    return tuple(found)


def asked(name: str, packet: Packet) -> Decision:
    return decide(firewall(name), packet, HOST)


def port(number: int, source: str = "198.51.100.5") -> Packet:
    """A connection from there to this port."""
    packet = SMTP6 if ":" in source else SMTP
    return replace(packet, destination_port=number, source=A(source))


V6 = "2001:db8:9::5"
# host, port, source, outcome, and part of the rule that decides
INCOMING = [
    ("ufw", 25, "198.51.100.5", "accept", "-A ufw-user-input -p tcp -m tcp --dport 25 -j ACCEPT"),
    ("ufw", 25, V6, "accept", "-A ufw6-user-input -p tcp -m tcp --dport 25 -j ACCEPT"),
    ("ufw", 587, "198.51.100.5", "accept", "-m multiport --dports 465,587 -j ACCEPT"),
    ("ufw", 993, "198.51.100.5", "drop", "policy DROP"),
    ("ufw", 993, "192.0.2.7", "accept", "-s 192.0.2.0/24 -i eth0"),
    ("ufw", 25, "198.51.100.66", "drop", "-s 198.51.100.66/32 -j DROP"),
    ("ufw", 80, V6, "drop", "policy DROP"),
    ("firewalld", 25, "198.51.100.5", "accept", "tcp dport 25 accept"),
    ("firewalld", 587, V6, "accept", "tcp dport 587 accept"),
    ("firewalld", 80, "198.51.100.5", "reject", "reject with icmpx admin-prohibited"),
    ("firewalld", 80, V6, "reject", "reject with icmpx admin-prohibited"),
    ("firewalld", 25, "198.51.100.66", "reject", "ip saddr 198.51.100.66 reject"),
    ("firewalld", 80, "192.0.2.129", "accept", "ip saddr 192.0.2.128/25"),  # the trusted zone
    ("fail2ban", 25, "198.51.100.5", "accept", "tcp dport { 22, 25, 465, 587, 993 } ct state new accept"),
    ("fail2ban", 143, V6, "drop", "policy drop"),
    ("fail2ban", 587, "198.51.100.66", "reject", "ip saddr @addr-set-postfix"),
    ("fail2ban", 993, "2001:db8:1::66", "reject", "ip6 saddr @addr6-set-dovecot"),
    ("fail2ban", 25, "203.0.113.9", "drop", "ip saddr @crowdsec-blacklists"),
    ("docker", 25, "198.51.100.5", "accept", f"-A DOCKER -d 172.18.0.2/32 ! -i {BRIDGE}"),  # INPUT drops it not
    ("docker", 587, "198.51.100.5", "drop", "policy DROP"),
    ("docker", 25, "198.51.100.66", "drop", "-A DOCKER-USER -s 198.51.100.66/32"),
    ("legacy", 25, "198.51.100.5", "accept", "-A SMTP -m hashlimit"),
    ("legacy", 25, "203.0.113.7", "drop", "-A logdrop -j DROP"),
    ("legacy", 25, "203.0.113.25", "accept", "-A SMTP -m hashlimit"),  # an exception of the ipset
    ("legacy", 465, "198.51.100.67", "reject", "-A f2b-postfix -s 198.51.100.67/32"),
    ("legacy", 2525, "198.51.100.5", "accept", "-A SMTP -m hashlimit"),  # redirected to 25
    ("legacy", 22, "192.0.2.7", "accept", "jump"),
    ("legacy", 22, "198.51.100.5", "reject", "icmp-host-prohibited"),
    ("legacy", 4190, "198.51.100.5", "undecided", "-m time"),
]


@pytest.mark.parametrize(("host", "number", "source", "outcome", "rule"), INCOMING)
def test_incoming_connections(host: str, number: int, source: str, outcome: str, rule: str) -> None:
    decision = asked(host, port(number, source))
    assert (decision.outcome, rule in str(decision.rule)) == (outcome, True), decision.why


@pytest.mark.parametrize("host", ["ufw", "firewalld", "fail2ban", "docker", "legacy"])
def test_answers_to_the_host_s_own_connections_are_admitted(host: str) -> None:
    answer = replace(SMTP, destination_port=40000, source_port=25, state="established", reply=True)
    assert asked(host, answer).outcome == "accept"


@pytest.mark.parametrize(
    ("host", "packet", "outcome"),
    [
        ("ufw", OUT, "reject"),
        ("ufw", OUT6, "reject"),
        ("ufw", replace(OUT, destination_port=587), "accept"),
        ("firewalld", OUT, "accept"),
        ("fail2ban", replace(OUT, uid=101), "accept"),
        ("fail2ban", replace(OUT6, uid=33), "reject"),
        ("fail2ban", OUT, "undecided"),
    ],
)
def test_outgoing_mail(host: str, packet: Packet, outcome: str) -> None:
    assert asked(host, packet).outcome == outcome


def test_ufw_s_limit_on_ssh_is_named() -> None:
    for source in ("198.51.100.5", V6):
        decision = asked("ufw", port(22, source))
        assert decision.outcome == "accept"
        assert "--hitcount 6" in str(decision.rate_limited_by)


def test_neighbour_discovery_passes_ufw() -> None:
    solicitation = replace(
        SMTP6, protocol="icmpv6", destination_port=None, source_port=None, icmp_type=135, icmp_code=0
    )
    assert asked("ufw", solicitation).outcome == "accept"


def test_what_docker_publishes_goes_around_the_input_chain_and_says_where_to() -> None:
    [rewrite] = asked("docker", port(25)).rewritten
    assert (rewrite.kind, rewrite.address, rewrite.port) == ("dnat", A("172.18.0.2"), 25)


def test_the_legacy_host_intercepts_mail_of_all_but_its_own_mta_and_changes_its_address() -> None:
    [proxy] = asked("legacy", replace(OUT, uid=33)).rewritten
    assert (proxy.kind, proxy.port) == ("redirect", 10025)
    [source] = asked("legacy", replace(OUT, uid=108)).rewritten
    assert (source.kind, source.address) == ("snat", A("192.0.2.26"))


def test_without_its_ipset_the_legacy_host_cannot_be_judged() -> None:
    rules = iptables.parse(text("legacy.iptables-save"), "ipv4")
    decision = rules.decide(port(25))
    assert decision.outcome == "undecided"
    assert "--match-set blocklist" in str(decision.rule)
    assert rules.decide(port(25, "198.51.100.66")).outcome == "reject"  # what comes before it can


def test_dns_answers_without_tracking() -> None:
    answer = replace(SMTP, protocol="udp", destination_port=40000, source_port=53, state="established", reply=True)
    assert "--state UNTRACKED" in str(asked("legacy", answer).rule)


@pytest.mark.parametrize(
    ("host", "name", "held", "free"),
    [
        ("ufw", "ufw-user-input", "198.51.100.66", "198.51.100.5"),
        ("firewalld", "filter_IN_public_deny", "198.51.100.66", "198.51.100.5"),
        ("fail2ban", "addr-set-postfix", "198.51.100.66", "198.51.100.5"),
        ("fail2ban", "addr6-set-dovecot", "2001:db8:1::66", "2001:db8:1::5"),
        ("fail2ban", "f2b-sshd", "198.51.100.66", "198.51.100.5"),
        ("fail2ban", "crowdsec-blacklists", "203.0.113.77", "203.0.113.7"),
        ("legacy", "blocklist", "203.0.113.7", "198.51.100.5"),
        ("legacy", "f2b-postfix", "198.51.100.67", "198.51.100.5"),
    ],
)
def test_bans_are_found(host: str, name: str, held: str, free: str) -> None:
    lists = [one for one in blocked_sources(firewall(host)) if one.name == name]
    assert any(one.holds(A(held)) for one in lists)
    assert not any(one.holds(A(free)) for one in lists)


@pytest.mark.parametrize(
    ("host", "incoming", "outgoing"),
    [
        ("ufw", "drop", "accept"),
        ("firewalld", "reject", "accept"),
        ("fail2ban", "drop", "accept"),
        ("docker", "drop", "accept"),
        ("legacy", "reject", "accept"),
    ],
)
def test_defaults(host: str, incoming: str, outgoing: str) -> None:
    found = [default_policy(firewall(host), direction, "ipv4").outcome for direction in ("in", "out")]
    assert found == [incoming, outgoing]


def test_nft_s_own_view_of_ufw_is_never_wrong() -> None:
    """Without iptables-save most is undecided, since nft shows only the names of iptables' extensions."""
    [shown, *told] = firewall("ufw")
    for packet in (port(25), port(80), port(25, V6), OUT, OUT6):
        assert decide(told, packet).outcome in decide([shown], packet).possible
