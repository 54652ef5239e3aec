"""MX records and their hosts, sane and insane."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.lookup import Answer
from checks.evidence.mail_domain import MxHost, MxRecord, mx_host, mx_set, name_problem, unreachable
from tests.evidence.zone import zone


def test_a_healthy_set() -> None:
    lookup = zone(
        """
        example.org MX 20 mx2.example.org.
        example.org MX 10 MX1.example.org.
        mx1.example.org A 203.0.113.1
        mx1.example.org AAAA 2001:DB8:0::1
        mx2.example.org A 203.0.113.2
    """,
        signed=True,
    )
    found = mx_set("Example.org.", lookup)
    assert (found.state, found.problems, found.authenticated) == ("hosts", (), True)
    assert found.records == (MxRecord(10, "mx1.example.org"), MxRecord(20, "mx2.example.org"))
    assert [host.addresses for host in found.hosts] == [("203.0.113.1", "2001:db8::1"), ("203.0.113.2",)]
    assert not any(host.problems or host.unknown for host in found.hosts)


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ("example.org MX 0 .", "null"),
        ("example.org A 192.0.2.1", "implicit"),
        ("example.org AAAA 2001:db8::1", "implicit"),
        ("mail.example.org A 192.0.2.1", "none"),
        ("example.org MX !timeout", "unknown"),
        ("example.org A !SERVFAIL", "unknown"),
    ],
)
def test_states(records: str, state: str) -> None:
    assert mx_set("example.org", zone(records)).state == state


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        ("example.org MX 0 .\nexample.org MX 10 mx.example.org.", "null MX stands beside"),
        ("example.org MX 0 .\nexample.org MX 0 .", "null MX stands beside"),
        ("example.org MX 5 .", "other than 0"),
        ("example.org MX 10 mx.example.org.\nexample.org MX 20 mx.example.org.", "in 2 MX records"),
    ],
)
def test_problems_of_the_set(records: str, problem: str) -> None:
    assert any(problem in found for found in mx_set("example.org", zone(records)).problems)


@pytest.mark.parametrize(
    ("name", "records", "problem"),
    [
        ("192.0.2.1", "", "is an address"),
        ("[2001:db8::1]", "", "is an address"),
        ("localhost", "", "another machine"),
        ("mail", "", "full domain name"),
        ("mx_1.example.org", "", "not a label"),
        ("-mx.example.org", "", "not a label"),
        ("mx..example.org", "", "not a label"),
        ("mx.example.123", "", "digits"),
        ("mx.example.org", "", "no address"),
        (
            "mx.example.org",
            "mx.example.org CNAME other.example.\nmx.example.org A 192.0.2.1",
            "alias for other.example",
        ),
        ("a" * 64 + ".example.org", "", "not a label"),
        ("mx.localdomain", "", "another machine"),
    ],
)
def test_problems_of_a_host(name: str, records: str, problem: str) -> None:
    assert any(problem in found for found in mx_host(name, zone(records)).problems)


def test_an_apex_may_be_its_own_mail_host() -> None:
    assert name_problem("example.org") == ""
    assert name_problem("example.org.") == ""


def test_a_set_without_end_is_cut() -> None:
    asked: list[tuple[str, str]] = []
    found = mx_set("example.org", zone("\n".join(f"example.org MX 1 mx{i}.example.org." for i in range(500)), asked))
    assert len(found.records) == 500
    assert any("500 hosts" in problem for problem in found.problems)
    assert len(asked) < 100


def test_a_host_without_answer_has_no_problem() -> None:
    """A timeout is not a missing address."""
    host = mx_host("mx.example.org", zone("mx.example.org A !timeout"))
    assert host.problems == ()
    assert host.unknown == ("A mx.example.org: timeout",)


def test_private_addresses_are_told() -> None:
    host = mx_host("mx.example.org", zone("mx.example.org A 10.0.0.1\nmx.example.org AAAA 2a00:1450::1"))
    assert host.not_public == ("10.0.0.1",)


def test_questions_are_foreseen() -> None:
    foreseen: list[tuple[str, str]] = []
    mx_set("example.org", zone("example.org MX 10 mx.example.org.\nexample.org MX 20 192.0.2.1."), foreseen.extend)
    assert ("mx.example.org", "AAAA") in foreseen


@given(st.lists(st.text(max_size=40), max_size=4), st.sampled_from(["NOERROR", "SERVFAIL"]), st.text(max_size=60))
def test_any_answer_is_judged(texts: list[str], rcode: str, odd: str) -> None:
    records = (*(f"10 {text}" for text in texts), odd)
    found = mx_set(odd, lambda *_: Answer(rcode, records if rcode == "NOERROR" else ()))
    assert found.state in ("hosts", "null", "implicit", "none", "unknown")
    assert isinstance(name_problem(odd), str)


def test_a_private_address_is_told_beside_public_ones_only() -> None:
    def host(name: str, *addresses: str) -> MxHost:
        return MxHost(name, addresses, (), (), (), authenticated=False)

    public, private = host("a.test", "9.9.9.9"), host("b.test", "10.0.0.5")
    assert unreachable(private, [public]) == "10.0.0.5: no public address"
    assert not unreachable(private, [private])
    assert not unreachable(public, [private])
