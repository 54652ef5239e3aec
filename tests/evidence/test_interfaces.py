"""Interfaces by what `ip` prints."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.interfaces import too_small_for_ipv6


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
