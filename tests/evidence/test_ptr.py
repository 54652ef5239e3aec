"""Reverse DNS: names that lead back, names that do not, and names that look rented."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.lookup import Answer
from checks.evidence.ptr import generic, resolves_to, reverse_dns
from tests.evidence.zone import zone

PTR = "7.2.0.192.in-addr.arpa PTR Mail.Example.org.\nmail.example.org A 192.0.2.7"
PTR6 = f"{ipaddress.ip_address('2001:db8::7').reverse_pointer} PTR mail.example.org.\nmail.example.org AAAA 2001:DB8::7"


@pytest.mark.parametrize(
    ("address", "records", "state", "confirmed"),
    [
        ("192.0.2.7", PTR, "names", True),
        ("2001:db8::7", PTR6, "names", True),
        ("192.0.2.7", PTR[:-1] + "8", "names", False),
        ("192.0.2.7", "", "none", False),
        ("192.0.2.7", "7.2.0.192.in-addr.arpa PTR !SERVFAIL", "unknown", False),
    ],
)
def test_forward_confirmed(address: str, records: str, state: str, confirmed: bool) -> None:
    found = reverse_dns(address, zone(records))
    assert (found.state, bool(found.confirmed)) == (state, confirmed)
    assert bool(found.unknown) is (state == "unknown")


def test_names_without_end_are_cut() -> None:
    asked: list[tuple[str, str]] = []
    names = "\n".join(f"7.2.0.192.in-addr.arpa PTR a{i}.example.org." for i in range(500))
    assert len(reverse_dns("192.0.2.7", zone(names, asked)).names) == 500
    assert len(asked) == 11


def test_a_name_without_answer_is_not_unconfirmed() -> None:
    found = reverse_dns("192.0.2.7", zone(PTR.replace("192.0.2.7", "!timeout")))
    assert (found.confirmed, found.unknown) == ((), ("A mail.example.org",))


def test_helo_names() -> None:
    assert resolves_to("MAIL.example.org", "192.0.2.7", zone(PTR)) is True
    assert resolves_to("mail.example.org", "192.0.2.8", zone(PTR)) is False
    assert resolves_to("mail.example.org", "192.0.2.8", zone("mail.example.org A !timeout")) is None


@pytest.mark.parametrize(
    "name",
    [
        "192-0-2-45.example.net",
        "45.2.0.192.example.net",
        "ip192.0.2.45.example.net",
        "c000022d.example.net",
        "2-45.pool.isp.example",
        "pool.example.org",
        "static.45.2.0.192.clients.your-server.de",
        "ec2-192-0-2-45.compute-1.amazonaws.com",
        "dyn-45.example.net",
        "dsl.isp.example.net",
        "192000002045.example.net",
        "host-2-0-192.example.net",
        "mx.clients.your-server.de",
    ],
)
def test_generic_names(name: str) -> None:
    assert generic(name, "192.0.2.45")


@pytest.mark.parametrize(
    "name",
    [
        "mail.example.org",
        "mx1.example.org",
        "mx2-fra1.example.org",
        "static.example",
        "smtp-out-45.example.org",
        "dynamics.mail.example.org",
        "a2-45.example.org",
    ],
)
def test_names_of_mail_servers(name: str) -> None:
    assert generic(name, "192.0.2.45") == ""


@pytest.mark.parametrize(
    ("name", "is_generic"),
    [
        ("2001-db8-0-1--2d.example.net", True),
        ("2001-db8-0-1-2d.example.net", True),
        ("mail.example.org", False),
        (ipaddress.ip_address("2001:db8:0:1::2d").reverse_pointer.removesuffix(".ip6.arpa") + ".example.net", True),
    ],
)
def test_generic_names_of_ip6(name: str, is_generic: bool) -> None:
    assert bool(generic(name, "2001:db8:0:1::2d")) is is_generic


@given(st.text(max_size=80), st.ip_addresses(), st.sampled_from(["NOERROR", "NXDOMAIN", "timeout"]))
def test_any_answer_is_judged(odd: str, address: ipaddress.IPv4Address, rcode: str) -> None:
    found = reverse_dns(str(address), lambda *_: Answer(rcode, (odd,) if rcode == "NOERROR" else ()))
    assert found.state in ("names", "none", "unknown")
    assert isinstance(generic(odd, str(address)), str)
