"""Hardware addresses entered by hand, and those of a host's cards."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.neighbours import Neighbour, cards, permanent

ENTRIES = """\
192.0.2.14 dev eth0 lladdr 02:6d:61:77:01:40 PERMANENT
2001:db8::14 dev eth0 lladdr 02:6d:61:77:01:40 extern_learn PERMANENT
192.0.2.1 dev eth0 lladdr 00:00:5e:00:01:07 PERMANENT
224.0.0.22 dev eth0 lladdr 01:00:5e:00:00:16 PERMANENT
192.0.2.15 dev wg0 PERMANENT
nonsense dev eth0 lladdr 02:6d:61:77:01:40 PERMANENT
"""
LINKS = (
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    "
    "link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
    "2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    "
    "link/ether 02:6d:61:77:01:0e brd ff:ff:ff:ff:ff:ff link-netnsid 0\n"
)


def test_entries_of_cards_that_one_host_has() -> None:
    card = "02:6d:61:77:01:40"
    assert permanent(ENTRIES) == (
        Neighbour(ipaddress.ip_address("192.0.2.14"), "eth0", card),
        Neighbour(ipaddress.ip_address("2001:db8::14"), "eth0", card),
    )


def test_cards_by_interface() -> None:
    assert cards(LINKS) == {"eth0": "02:6d:61:77:01:0e"}


@given(st.text())
def test_nothing_but_a_value_comes_of_any_text(text: str) -> None:
    assert isinstance(permanent(text), tuple)
    assert isinstance(cards(text), dict)
