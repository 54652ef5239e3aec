"""What a host's rules lead to a port where nothing listens is refused; all else goes its way."""

import ipaddress
from dataclasses import replace

import pytest

from checks.evidence import iptables, nft
from checks.evidence.conversation import Step
from checks.evidence.firewall import Host
from checks.evidence.firewall_receiver import received
from checks.evidence.firewall_ruleset import Ruleset
from checks.evidence.sockets import listeners
from tests.evidence.nft_json import SMTP, chain, dport, meta, ruleset
from tests.evidence.nft_json import UNKNOWABLE as UNSURE

assert SMTP.destination is not None
OWN = frozenset({SMTP.destination, ipaddress.ip_address("127.0.0.1")})
REDIRECT = {"redirect": {"port": 10025}}
FILTER = 'tcp LISTEN 0 100 {}:10025 0.0.0.0:* users:(("filter",pid=1,fd=3))'


def stopped(rules: Ruleset, *sockets: str) -> str:
    """Why the connection is refused, or nothing."""
    step = Step("a connection", rules.decide(SMTP, Host(OWN)))
    (after,) = received((step,), "ipv4", OWN, listeners("\n".join(sockets)))
    return after.decision.why if after.decision.admits is False else ""


def nat(*steps: object, table: str = "nat") -> Ruleset:
    return ruleset(chain("pre", [*steps], hook="prerouting", type="nat", prio=-100, table=table))


def test_a_rule_that_leads_to_a_port_where_nothing_listens_is_named() -> None:
    assert "redirect to :10025` in inet nat pre" in (why := stopped(nat(dport(25), REDIRECT)))
    assert "sends it to port 10025 of this host, where nothing listens" in why
    assert "forward-ports" in stopped(nat(dport(25), REDIRECT, table="firewalld"))


@pytest.mark.parametrize(("bound", "refused"), [("0.0.0.0", False), ("*", False), ("[::]", True), ("127.0.0.1", True)])
def test_who_listens_must_do_so_where_the_packet_arrives(bound: str, refused: bool) -> None:
    assert bool(stopped(nat(dport(25), REDIRECT), FILTER.format(bound))) is refused


@pytest.mark.parametrize(
    "steps",
    [
        (dport(587), REDIRECT),
        (UNSURE, dport(25), REDIRECT),
        (meta("iifname", "wg0"), dport(25), REDIRECT),
        (dport(25), {"dnat": {"family": "ip", "addr": "192.0.2.99", "port": 10025}}),
        (dport(25), {"tproxy": {"family": "ip", "addr": "127.0.0.1", "port": 10025}}),
    ],
)
def test_other_ports_other_hosts_and_what_cannot_be_told_are_left_alone(steps: tuple[object, ...]) -> None:
    assert not stopped(nat(*steps))


@pytest.mark.parametrize("to", [f"{SMTP.destination}:10025", ":10025", "127.0.0.1:10025"])
def test_dnat_to_the_host_itself_is_followed(to: str) -> None:
    text = f"*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 25 -j DNAT --to-destination {to}\nCOMMIT\n"
    assert "port 10025" in stopped(iptables.parse(text, "ipv4"))
    assert not stopped(iptables.parse(text, "ipv4"), FILTER.format("127.0.0.1"))


def test_what_is_dropped_is_not_led_anywhere() -> None:
    rules = nft.parse('{"nftables": []}')
    assert not stopped(rules)
    step = Step("a connection", nat(dport(25), REDIRECT).decide(SMTP, Host(OWN)))
    barred = replace(step, decision=replace(step.decision, possible=frozenset({"drop"})))
    assert received((barred,), "ipv4", OWN, ()) == (barred,)
    assert received((), "ipv4", OWN, ()) == ()
