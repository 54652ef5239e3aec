"""What strangers reach by sending from a certain port: judged packet by packet, whatever the rules look like."""

from __future__ import annotations

import ipaddress
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import interfaces, iptables, sockets
from checks.evidence.conversation import Firewall
from checks.evidence.firewall_ports import asks_for_source, source_ports
from checks.evidence.transcript import NoEvidence
from checks.fixtures.firewall_source_ports import Openings, trusted_sources
from checks.resolve import Reading
from checks.target import Host

STRANGER = ipaddress.ip_address("192.0.2.200")
ADDRESSES = interfaces.interfaces(
    "2: eth0    inet 203.0.113.5/24 scope global eth0\n", "default via 203.0.113.1 dev eth0\n", ""
)
LISTENING = """\
tcp LISTEN 0 100 0.0.0.0:25 0.0.0.0:* users:(("master",pid=1,fd=3))
tcp LISTEN 0 100 127.0.0.1:10025 0.0.0.0:* users:(("master",pid=1,fd=4))
tcp LISTEN 0 128 0.0.0.0:5432 0.0.0.0:* users:(("postgres",pid=2,fd=3))
udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:* users:(("unbound",pid=3,fd=3))
udp UNCONN 0 0 0.0.0.0:68 0.0.0.0:* users:(("dhclient",pid=4,fd=3))
udp UNCONN 0 0 0.0.0.0:514 0.0.0.0:* users:(("rsyslogd",pid=5,fd=3))
udp UNCONN 0 0 0.0.0.0:51413 0.0.0.0:* users:(("unbound",pid=3,fd=9))
"""


class Nothing:
    """A reading that shows its lines to nobody."""

    def shows(self, *lines: str) -> None:
        """Shows nothing."""


def opened(*rules: str) -> Openings:
    saved = "\n".join(["*filter", ":INPUT DROP [0:0]", "-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT", *rules, "COMMIT"])
    host = Firewall((iptables.parse(saved, "ipv4"),), ADDRESSES)
    t, nobody = cast("Reading", Nothing()), cast("Host", None)
    return trusted_sources(t, nobody, host, (STRANGER,), sockets.listeners(LISTENING))


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        ("-A INPUT -p tcp -m tcp --sport 25 -j ACCEPT", ["5432/tcp"]),
        ("-A INPUT -p tcp -m tcp --sport 7:9 -j ACCEPT", ["5432/tcp"]),
        ("-A INPUT -p tcp -m tcp ! --sport 1024:65535 -j ACCEPT", ["5432/tcp"]),
        ("-A INPUT -p tcp -m multiport --ports 443,8443 -j ACCEPT", ["5432/tcp"]),
        ("-A INPUT -p tcp -m state --state NEW -m tcp --sport 20 -j ACCEPT", ["5432/tcp"]),
        ("-A INPUT -p udp -m udp --sport 53 -j ACCEPT", ["514/udp"]),
        ("-A INPUT -p tcp -m tcp --sport 25 --dport 25 -j ACCEPT", []),
        ("-A INPUT -p tcp -m tcp --sport 25 -m conntrack --ctstate ESTABLISHED -j ACCEPT", []),
        ("-A INPUT -p tcp -m tcp --sport 25 ! --syn -j ACCEPT", []),
        ("-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --sport 25 -j ACCEPT", []),
        ("-A INPUT -p udp -m udp --sport 67 --dport 68 -j ACCEPT", []),
        ("-A INPUT -p udp -m udp --sport 53 --dport 1024:65535 -j ACCEPT", []),
        ("-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT", []),
    ],
)
def test_a_port_is_open_to_whoever_sends_from_the_right_one(rule: str, ports: list[str]) -> None:
    assert [each.port for each in opened(rule).found] == ports


def test_the_rule_and_the_port_are_named() -> None:
    said = str(opened("-A INPUT -p tcp -m tcp --sport 88 -j ACCEPT"))
    assert "5432/tcp from source port 88: `-A INPUT -p tcp -m tcp --sport 88 -j ACCEPT` in iptables" in said


def test_what_cannot_be_judged_is_unknown() -> None:
    with pytest.raises(NoEvidence):
        opened("-A INPUT -p tcp -m tcp --sport 25 -m u32 --u32 0x0&0xff=0x1 -j ACCEPT")


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("tcp sport { 25, 53-55 } accept", (25, 53, 55)),
        ("udp sport != 1024-65535 drop", (1024, 65535)),
        ("th sport vmap { 53 : accept }", (53,)),
        ("-A INPUT -p tcp -m multiport --sports 20,21 -j ACCEPT", (20, 21)),
        ("tcp sport @answers accept", ()),
        ("@th,0,16 25 accept", ()),
    ],
)
def test_source_ports_are_read_in_either_notation(text: str, ports: tuple[int, ...]) -> None:
    assert source_ports([text]) == ports
    assert asks_for_source([text])


def test_destinations_are_no_sources() -> None:
    assert not asks_for_source(["tcp dport { 25, 465 } accept", "-m multiport --dports 25,465", "ct state new accept"])


@given(st.lists(st.text()))
def test_any_rule_is_read(texts: list[str]) -> None:
    asks_for_source(texts)
    assert len(source_ports([f"sport {text}" for text in texts])) <= 16
