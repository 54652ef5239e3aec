"""Addresses that the DNS gives for a host, held against the host's own."""

from __future__ import annotations

import ipaddress

import pytest

from checks.evidence.interfaces import interfaces
from checks.fixtures.own_addresses import _foreign

PRIVATE = "1: lo inet 127.0.0.1/8 scope host lo\n2: eth0 inet 10.1.2.3/24 scope global eth0\n"
PUBLIC = "2: eth0 inet 8.8.4.4/32 scope global eth0\n2: eth0 inet6 fe80::1/64 scope link\n"
SIX = "2: eth0 inet6 2606:4700::1/64 scope global\n"


@pytest.mark.parametrize(
    ("held", "address", "told"),
    [
        (PRIVATE, "10.1.2.3", ""),
        (PRIVATE, "10.1.2.4", "the host is 10.1.2.3 in 10.1.2.0/24, and not 10.1.2.4"),
        (PRIVATE, "8.8.4.4", ""),  # behind a NAT
        (PUBLIC, "8.8.4.4", ""),
        (PUBLIC, "8.8.8.8", ""),  # a provider maps it
        (SIX, "2606:4700:1::1", "the host is 2606:4700::1, and not 2606:4700:1::1"),
        (PUBLIC, "2001:db8::1", "the host has no IPv6 address but those of its links, and not 2001:db8::1"),
    ],
)
def test_an_address_of_somebody_else_is_told(held: str, address: str, told: str) -> None:
    assert _foreign(ipaddress.ip_address(address), interfaces(held, "", "").addresses) == told
