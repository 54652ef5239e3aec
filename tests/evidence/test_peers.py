"""Who a server is connected with, and by which router."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.interfaces import gateway, on_link
from checks.evidence.sockets import peers

SS = """LISTEN    0 100        0.0.0.0:25        0.0.0.0:*
TIME-WAIT 0 0       192.0.2.11:25   198.51.100.10:40112
TIME-WAIT 0 0   [2001:db8::11]:25  [2001:db8:2::10]:40114
ESTAB     0 0 [::ffff:192.0.2.11]:25 [::ffff:203.0.113.7]:3333
LISTEN    0 100              *:25              *:*"""
ROUTES = "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel\n203.0.113.0/24 via 192.0.2.9 dev eth0"


def test_peers_are_told_by_address() -> None:
    assert peers(SS) >= {"198.51.100.10", "2001:db8:2::10", "203.0.113.7"}


@pytest.mark.parametrize(("address", "near"), [("192.0.2.77", True), ("203.0.113.7", False), ("198.51.100.1", False)])
def test_on_link_is_what_no_router_leads_to(address: str, near: bool) -> None:
    assert on_link(ROUTES, ipaddress.ip_address(address)) is near


def test_the_gateway_is_that_of_the_default_route() -> None:
    assert gateway(ROUTES) == "192.0.2.1"
    assert gateway("default dev wg0 scope link") == ""
    assert gateway("") == ""


@given(st.text(alphabet=st.sampled_from("default via 192.0:[]/%\n*"), max_size=120))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(peers(text), frozenset)
    assert isinstance(gateway(text), str)
    assert on_link(text, ipaddress.ip_address("192.0.2.1")) in (True, False)
