"""Interfaces by what `ip` prints."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.interfaces import Held, interfaces, too_small_for_ipv6, wider_than_others


def test_interfaces_too_small_for_ipv6_are_named() -> None:
    """RFC 8200 §5; those that are down carry nothing anyway."""
    text = (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue\n"
        "2: eth0@if46: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue\n"
        "3: tun0: <POINTOPOINT,NOARP> mtu 576 qdisc noop\n"
    )
    assert not too_small_for_ipv6(text)
    assert too_small_for_ipv6(text.replace("mtu 1500", "mtu 1279")).startswith("eth0 has an MTU of 1279")
    assert not too_small_for_ipv6(text.replace("mtu 1500", "mtu 1280"))


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    too_small_for_ipv6(text)
    too_small_for_ipv6(f"2: {text}: <UP> mtu 1 ")


def held(*lines: str) -> tuple[Held, ...]:
    """Addresses of interfaces, given as ``eth0 2001:db8::1/64``."""
    text = "".join(
        f"2: {name} inet{'6' if ':' in own else ''} {own} scope global\n" for name, own in map(str.split, lines)
    )
    return interfaces(text, "", "").addresses


OTHERS = {"mx1": held("eth0 2001:db8:0:1::11/64"), "mx2": held("eth0 2001:db8:0:1::12/64")}
WIDE = {4: "", 6: "2001:db8::/48 dev eth0 proto kernel metric 256"}


def test_network_larger_than_it_is_for_two_others_is_told() -> None:
    ((_, told),) = wider_than_others(held("eth0 2001:db8:0:1::13/48"), OTHERS, WIDE)
    assert "it is 2001:db8:0:1::13/48, and takes all of 2001:db8::/48" in told
    assert told.endswith("mx1, mx2 have /64")


def test_larger_network_that_may_be_meant_is_not_told() -> None:
    """Another host has it, one alone differs, addresses are of both kinds, or the route is not there."""
    own = held("eth0 2001:db8:0:1::13/48")
    assert not [*wider_than_others(own, OTHERS | {"mx3": held("eth0 2001:db8:0:2::14/48")}, WIDE)]
    assert not [*wider_than_others(own, {"mx1": OTHERS["mx1"]}, WIDE)]
    assert not [*wider_than_others((*own, *held("eth0 2001:db8:0:1::14/64")), OTHERS, WIDE)]
    assert not [*wider_than_others(own, OTHERS, {4: "", 6: "2001:db8:0:1::/64 dev eth0"})]
    assert not [*wider_than_others(held("lo 2001:db8:0:1::13/48"), OTHERS, WIDE)]
    assert not [*wider_than_others(held("eth0 2001:db8:0:1::13/128"), OTHERS, {4: "", 6: "2001:db8:0:1::13 dev eth0"})]


def test_addresses_that_many_hosts_may_have_are_known() -> None:
    assert [each.by_itself for each in held("eth0 192.0.2.1/24", "br0 192.0.2.2/24", "docker0 172.17.0.1/16",
                                            "br-0a1b2c3d4e5f 172.18.0.1/16", "lo 192.0.2.3/32", "eth0 fe80::1/64")
            ] == [True, True, False, False, False, False]  # fmt: skip


@given(st.text(), st.text())
def test_any_text_is_compared(addresses: str, routes: str) -> None:
    own = interfaces(addresses, "", "").addresses
    assert not [*wider_than_others(own, {"other": own}, {4: routes, 6: routes})]
