"""Ways out of a host, as `ip route get` and `ip neigh` print them."""

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.routers import ways

HEALTHY = """way 192.0.2.2 198.41.0.4 from 192.0.2.2 via 192.0.2.1 dev eth0 uid 0
way 2001:db8::2 2001:503:ba3e::2:30 from 2001:db8::2 via fe80::1 dev eth0 src 2001:db8::2 metric 1024 pref medium
192.0.2.1 lladdr 02:fc:00:00:00:05 DELAY
fe80::1 lladdr 02:fc:00:00:00:05 router STALE
"""


def test_routers_that_are_there_are_no_trouble() -> None:
    assert [(way.own, way.leads, way.trouble) for way in ways(HEALTHY).values()] == [
        ("192.0.2.2", True, ""),
        ("2001:db8::2", True, ""),
    ]


def test_a_router_that_nobody_is_says_so() -> None:
    text = HEALTHY.replace("fe80::1 lladdr 02:fc:00:00:00:05 router STALE", "fe80::1 FAILED")
    found = ways(text.replace("192.0.2.1 lladdr", "asked\n192.0.2.1 lladdr"))
    assert found["2001:db8::2"].trouble.startswith(
        "the router that answers from 2001:db8::2 go to, fe80::1 (eth0), is not"
    )
    assert not found["192.0.2.2"].trouble
    assert not ways(text)["2001:db8::2"].trouble  # an old failure, and nobody asked again


def test_a_router_reached_by_the_other_ip_version_is_one() -> None:
    """RFC 5549: IPv4 by way of a router that has an IPv6 address only."""
    line = "way 192.0.2.2 198.41.0.4 from 192.0.2.2 via inet6 fe80::1 dev eth0 uid 0\nasked\nfe80::1 FAILED\n"
    assert ways(line)["192.0.2.2"].trouble


def test_no_route_at_all_says_so() -> None:
    text = "way 2001:db8::2 RTNETLINK answers: Network is unreachable\n"
    assert not ways(text)["2001:db8::2"].leads
    assert "no route leads from 2001:db8::2" in ways(text)["2001:db8::2"].trouble
    assert "no route" in ways("way 192.0.2.2 unreachable 198.41.0.4 from 192.0.2.2 dev lo\n")["192.0.2.2"].trouble


def test_a_line_without_link_addresses_has_no_router_to_ask() -> None:
    """A tunnel, or ppp: `ip neigh` says FAILED or nothing for what needs no link address."""
    text = "way 192.0.2.2 198.41.0.4 from 192.0.2.2 via 10.0.0.1 dev tun0 uid 0\n10.0.0.1 dev tun0 FAILED\nnoarp tun0\n"
    assert not ways("way 192.0.2.2 198.41.0.4 from 192.0.2.2 dev ppp0 uid 0\n")["192.0.2.2"].trouble
    assert ways(text)["192.0.2.2"].leads


@given(st.text() | st.text(alphabet="way via dev FAILED.:0123456789abcdef \n"))
def test_any_text_is_read(text: str) -> None:
    ways(text)


def test_a_route_of_few_hops_says_so() -> None:
    text = HEALTHY.replace("metric 1024 pref", "metric 1024 hoplimit 1 pref")
    assert ways(text)["2001:db8::2"].trouble == (
        "the route from 2001:db8::2 ends packets after so many routers: hoplimit 1"
    )
    assert not ways(text.replace("hoplimit 1", "hoplimit 64"))["2001:db8::2"].trouble
