"""DMARC records are read, found and applied as RFC 9989 says, with its own examples as tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import dmarc
from checks.evidence.dmarc_discovery import (
    Organization,
    aligned,
    discover,
    organization,
    report_consent,
    tree_walk,
    walk_names,
)
from checks.evidence.lookup import Answer, Lookup
from tests.evidence.zone import txt, zone


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("v=DMARC1", True),
        ("v=DMARC1;", True),
        ("v = DMARC1 ; p=none", True),
        ("v=DMARC1;p=none", True),
        ("v=dmarc1; p=none", False),
        ("V=DMARC1; p=none", False),
        (" v=DMARC1; p=none", False),
        ("v=DMARC1 p=none", False),
        ("p=none; v=DMARC1", False),
        ("v=DMARC10; p=none", False),
        ('"v=DMARC1; p=none"', False),
        ("v=DMARC1, p=", False),
    ],
)
def test_selects_dmarc_records(text: str, selected: bool) -> None:
    """RFC 9989 §4.7: v comes first and its value is DMARC1 in that case."""
    assert bool(dmarc.select([text])) is selected
    assert selected or text.startswith("p=") or dmarc.near_misses([text]) == (text,)
    if not selected:
        with pytest.raises(dmarc.NotDmarcError):
            dmarc.parse(text)


def test_reads_all_tags() -> None:
    record = dmarc.parse(
        "v=DMARC1; p=Reject; sp=quarantine; np=none; adkim=s; aspf=r; fo=1:d:s; psd=n; t=y; "
        "rua=mailto:a@example.org,https://example.net/dmarc ; ruf=mailto:x%21y@example.org; pct=50; new=1"
    )
    assert (record.p, record.sp, record.np, record.adkim, record.aspf) == ("reject", "quarantine", "none", "s", "r")
    assert (record.fo, record.psd, record.t) == (("1", "d", "s"), "n", "y")
    assert [(uri.scheme, uri.address, uri.host) for uri in record.rua] == [
        ("mailto", "a@example.org", "example.org"), ("https", "", "example.net"),
    ]  # fmt: skip
    assert record.ruf[0].address == "x!y@example.org"
    assert [tag.name for tag in record.historic + record.unknown] == ["pct", "new"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=DMARC1; p=rejekt", "p=rejekt is none of"),
        ("v=DMARC1; p=none; sp=", "sp= is none of"),
        ("v=DMARC1; p=none; adkim=relaxed", "adkim=relaxed"),
        ("v=DMARC1; p=none; fo=0:1", "fo=0:1"),
        ("v=DMARC1; p=none; fo=d:d", "fo=d:d"),
        ("v=DMARC1; p=none; rua=a@example.org", "is not a URI"),
        ("v=DMARC1; p=none; rua=mailto:a", "is not a URI"),
        ("v=DMARC1; p=none; rua=mailto:a@b@c.example", "is not a URI"),
        ("v=DMARC1; p=none; rua=mailto:a@localhost", "is not a URI"),
        ("v=DMARC1; rua=mailto:a@" + "b." * 126 + "ab", "is not a URI"),
        ("v=DMARC1; rua=mailto:a@b..example", "is not a URI"),
        ("v=DMARC1; p=none; p=reject", "more than once"),
        ("v=DMARC1; p=none; rua=", "is not a URI"),
        ("v=DMARC1; p=none, rua=mailto:a@example.org", "is none of"),
        ("v=DMARC1; p=none;; t=y", "is not tag=value"),
        ("v=DMARC1; p=none; rua=mailto:a@example.org;b", "not tag=value"),
        ("v=DMARC1; P=none", "tag P= is unknown"),
        ("v=DMARC1; p=none; rua=mailto://a@example.org", "is not a URI"),
        ("v=DMARC1; p=none; rua=https://[::1/x", "is not a URI"),
    ],
)
def test_names_each_problem(text: str, problem: str) -> None:
    assert any(problem in found for found in dmarc.parse(text).problems), dmarc.parse(text).problems


@pytest.mark.parametrize(
    ("text", "applies", "policies"),
    [
        ("v=DMARC1; p=reject", True, "reject reject reject"),
        ("v=DMARC1; p=reject; sp=none", True, "reject none none"),
        ("v=DMARC1; p=none; np=reject", True, "none none reject"),
        ("v=DMARC1; p=reject; t=y", True, "quarantine quarantine quarantine"),
        ("v=DMARC1; p=quarantine; sp=none; np=reject; t=y", True, "none none quarantine"),
        ("v=DMARC1", False, "none none none"),
        ("v=DMARC1; p=rejekt", False, "none none none"),
        ("v=DMARC1; p=reject; np=rejekt", False, "none none none"),
        ("v=DMARC1; p=reject; np=rejekt; rua=mailto:a@example.org", True, "none none none"),
        ("v=DMARC1; sp=reject; rua=mailto:a@example.org", True, "none none none"),
    ],
)
def test_policies_fall_back_as_the_standard_says(text: str, applies: bool, policies: str) -> None:
    """RFC 9989 §4.7, §4.10.1: np to sp to p; a record without a valid policy counts only with a report address."""
    record = dmarc.parse(text)
    assert record.applies is applies
    assert [record.effective(tag) for tag in ("p", "sp", "np")] == policies.split()


def test_walks_at_most_eight_names() -> None:
    """The example of RFC 9989 §4.10, and the one of §5.1.8."""
    assert walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com",
        "i.j.mail.example.com", "j.mail.example.com", "mail.example.com", "example.com", "com",
    )  # fmt: skip
    assert walk_names("mail.a.b.c.d.e.f.g.example.com")[1:3] == ("c.d.e.f.g.example.com", "d.e.f.g.example.com")
    assert walk_names("a.mail.example.com") == ("a.mail.example.com", "mail.example.com", "example.com", "com")
    assert len(walk_names("1.2.3.4.5.6.7.8")) == 8
    assert len(walk_names("1.2.3.4.5.6.7")) == 7


ORGANIZATIONS = [
    # RFC 9989 §4.10.2, its three examples
    ("_dmarc.mail.example.com TXT v=DMARC1; p=none\n_dmarc.example.com TXT v=DMARC1; p=none", "example.com"),
    ("_dmarc.mail.example.com TXT v=DMARC1; psd=n\n_dmarc.example.com TXT v=DMARC1; p=none", "mail.example.com"),
    ("_dmarc.com TXT v=DMARC1; psd=y", "example.com"),
    # its §4.10.2 rule 2: one label below
    ("_dmarc.example.com TXT v=DMARC1; psd=y", "mail.example.com"),
    # a PSD asked about itself is its own
    ("_dmarc.a.mail.example.com TXT v=DMARC1; psd=y\n_dmarc.example.com TXT v=DMARC1", "a.mail.example.com"),
    # several records at one name are all discarded, and the walk goes on
    ("_dmarc.com TXT v=DMARC1\n_dmarc.com TXT v=DMARC1\n_dmarc.example.com TXT v=DMARC1; p=none", "example.com"),
    ("example.com A 192.0.2.1", "a.mail.example.com"),
]


@pytest.mark.parametrize(("records", "expected"), ORGANIZATIONS)
def test_finds_the_organizational_domain(records: str, expected: str) -> None:
    assert organization(tree_walk("a.mail.example.com", zone(records))) == Organization(expected)


def test_steps_tell_several_records_from_none() -> None:
    lookup = zone("_dmarc.example.com TXT v=DMARC1\n_dmarc.example.com TXT v=DMARC1\nexample.com A 192.0.2.1")
    assert [step.state for step in tree_walk("example.com", lookup)] == ["several", "none"]
    found = discover("example.com", lookup)
    assert (found.state, found.why) == ("none", "_dmarc.example.com has several DMARC records, which count as none")


def test_the_organization_is_uncertain_where_the_dns_does_not_answer() -> None:
    lookup = zone("_dmarc.mail.example.com TXT v=DMARC1; p=none\n_dmarc.com TXT !timeout")
    assert organization(tree_walk("mail.example.com", lookup)) == Organization("mail.example.com", ("com",))


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ("_dmarc.a.example.org TXT v=DMARC1; p=reject; sp=none", "found a.example.org author p reject"),
        (
            "_dmarc.example.org TXT v=DMARC1; p=reject; sp=none\na.example.org MX 10 mx.example.org.",
            "found example.org organizational sp none",
        ),
        ("_dmarc.example.org TXT v=DMARC1; p=none; np=reject", "found example.org organizational np reject"),
        ("_dmarc.org TXT v=DMARC1; p=reject; psd=y\na.example.org A 192.0.2.1", "found org psd sp reject"),
        (
            "_dmarc.org TXT v=DMARC1; p=reject; psd=y\n_dmarc.example.org TXT v=DMARC1; p=none\na.example.org A 192.0.2.1",
            "found example.org organizational sp none",
        ),
        ("_dmarc.a.example.org TXT v=DMARC1; p=none\n_dmarc.a.example.org TXT v=DMARC1; p=none", "none"),
        ("_dmarc.a.example.org TXT v=DMARC1;", "none a.example.org author"),
        ("a.example.org A 192.0.2.1", "none"),
        ("_dmarc.a.example.org TXT !SERVFAIL\n_dmarc.example.org TXT v=DMARC1; p=reject", "unknown"),
        ("_dmarc.example.org TXT !timeout", "unknown"),
        ("_dmarc.example.org TXT v=DMARC1; p=reject\na.example.org MX !timeout", "unknown example.org"),
    ],
)
def test_discovers_the_policy(records: str, expected: str) -> None:
    found = discover("a.example.org", zone(records))
    assert " ".join(filter(None, (found.state, found.found_at, found.relation, found.tag, found.effective))) == expected
    assert (found.state == "found") is not bool(found.why)


def test_foresees_the_whole_walk() -> None:
    foreseen: list[tuple[str, str]] = []
    discover("a.example.org", zone("a.example.org A 192.0.2.1"), foreseen.extend)
    assert foreseen == [(f"_dmarc.{name}", "TXT") for name in ("a.example.org", "example.org", "org")]


ALIGNMENT = "_dmarc.example.org TXT v=DMARC1; p=none\n_dmarc.unit.example.org TXT v=DMARC1; psd=n"


@pytest.mark.parametrize(
    ("identifier", "mode", "expected"),
    [
        ("news.example.org", "s", True),
        ("bounces.example.org", "s", False),
        ("Bounces.Example.org.", "r", True),
        ("example.org", "r", True),
        ("example.net", "r", False),
        ("mail.unit.example.org", "r", False),
    ],
)
def test_alignment(identifier: str, mode: str, expected: bool) -> None:
    assert aligned("news.example.org", identifier, mode, zone(ALIGNMENT)) is expected


def test_alignment_is_unknown_where_the_dns_does_not_answer() -> None:
    assert aligned("news.example.org", "example.net", "r", zone(ALIGNMENT + "\n_dmarc.net TXT !timeout")) is None


OWN = "_dmarc.blue.example.com TXT v=DMARC1; p=none"
NAME = "blue.example.com._report._dmarc.red.example.net"


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ("", "missing"),
        (f"{NAME} TXT v=DMARC1", "given"),
        (f"{NAME} TXT v=DMARC1;\n{NAME} TXT other", "given"),
        (f"{NAME} TXT dmarc", "missing"),
        (f"{NAME} TXT !SERVFAIL", "unknown"),
        ("_dmarc.net TXT !timeout", "unknown"),
    ],
)
def test_external_destinations_must_consent(records: str, state: str) -> None:
    """The example of RFC 9990 §4."""
    assert report_consent("blue.example.com", "red.example.net", zone(f"{OWN}\n{records}")).state == state


def test_the_destination_may_redirect_reports_within_its_host() -> None:
    lookup = zone(f"{OWN}\n{NAME} TXT v=DMARC1; rua=mailto:a@red.example.net,mailto:b@example.com")
    consent = report_consent("blue.example.com", "red.example.net", lookup)
    assert [uri.address for uri in consent.rua] == ["a@red.example.net"]


def test_own_destinations_need_no_consent() -> None:
    lookup = txt("_dmarc.example.com", "v=DMARC1; p=none")
    assert report_consent("example.com", "reports.example.com", lookup).state == "same organization"


@given(st.text(max_size=120), st.text("v=DMARC1;psdrua:mailto@.!0k ,", max_size=80))
def test_any_text_is_a_record_or_none(odd: str, likely: str) -> None:
    for text in (odd, f"v=DMARC1;{odd}", f"v=DMARC1; p=reject; rua=mailto:{likely}", f"v=DMARC1;{likely}"):
        dmarc.near_misses([text])
        for selected in dmarc.select([text]):
            record = dmarc.parse(selected)
            assert record.effective("np") in dmarc.POLICIES
            assert all(uri.host for uri in record.rua + record.ruf)


RECORDS = st.sampled_from(["v=DMARC1; p=reject", "v=DMARC1; psd=y", "v=DMARC1; psd=n; sp=none", "v=DMARC1", "\xff"])
RCODES = st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL"])
ANSWERS = st.builds(Answer, RCODES, st.lists(RECORDS, max_size=2).map(tuple))


@given(st.lists(ANSWERS, min_size=1, max_size=9), st.text("ab.", max_size=60), st.text(max_size=70))
def test_any_tree_has_a_policy_and_an_organization(answers: list[Answer], likely: str, odd: str) -> None:
    asked: list[str] = []

    def answer(name: str, rdtype: str) -> Answer:
        asked.append(f"{rdtype} {name}")
        return answers[len(name) % len(answers)]

    lookup: Lookup = answer
    for domain in (likely, odd):
        asked.clear()
        steps = tree_walk(domain, lookup)
        assert len(asked) == len(steps) <= 8
        if steps:
            assert organization(steps).domain
        assert discover(domain, lookup).state in ("found", "none", "unknown")
        assert report_consent(domain, likely, lookup).state


def test_an_obsolete_limit_of_size_is_no_problem() -> None:
    assert dmarc.parse("v=DMARC1; p=reject; rua=mailto:a@example.org!10m").problems == ()
