"""CAA records are found by climbing and read as RFC 8659 defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import caa
from tests.evidence.zone import zone

LE = ("letsencrypt.org",)


def test_reads_records() -> None:
    record = caa.parse('128 Issue "ca.example.net ; account=230123; validationmethods=dns-01"')
    assert (record.critical, record.tag, record.issuer, record.malformed) == (True, "issue", "ca.example.net", False)
    assert record.parameters == (caa.Parameter("account", "230123"), caa.Parameter("validationmethods", "dns-01"))
    assert caa.parse('0 iodef "mailto:\\"a\\065\\"@example.org"').value == 'mailto:"aA"@example.org'
    assert caa.parse("0 issue letsencrypt.org").issuer == "letsencrypt.org"


@pytest.mark.parametrize(
    ("text", "malformed"),
    [
        ('0 issue ";"', False),
        ('0 issue ""', False),
        ('0 issue "%%%%%"', True),
        ('0 issue "ca.example.net; a"', True),
        ('0 issue "ca.example.net; =b"', True),
        ('0 issue "ca.example.net;"', False),
        ('0 issue "https://ca.example/"', True),
    ],
)
def test_nobody_may_issue_by_an_empty_or_malformed_value(text: str, malformed: bool) -> None:
    """RFC 8659 §4.2."""
    record = caa.parse(text)
    assert record.malformed is malformed
    assert not caa.CaaSet("x", (record,)).allows(LE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "issue",
        "0 issue",
        "256 issue x",
        '0 is-sue "x"',
        '0 issue "x" y',
        '-1 issue "x"',
    ],
)
def test_records_that_cannot_be_read(text: str) -> None:
    with pytest.raises(caa.CaaError):
        caa.parse(text)


@pytest.mark.parametrize(
    ("records", "found_at"),
    [
        ('mx.example.org CAA 0 issue ";"\nexample.org CAA 0 issue "letsencrypt.org"', "mx.example.org"),
        ('example.org CAA 0 issue "letsencrypt.org"', "example.org"),
        ('org CAA 0 issue "x.example"', "org"),
        ("mx.example.org A 192.0.2.1", ""),
    ],
)
def test_climbs_to_the_first_set(records: str, found_at: str) -> None:
    assert caa.relevant_set("mx.example.org", zone(records)).found_at == found_at
    assert caa.relevant_set("*.mx.example.org", zone(records)).found_at == found_at


def test_no_answer_on_the_way_is_unknown() -> None:
    found = caa.relevant_set("mx.example.org", zone('mx.example.org CAA !SERVFAIL\nexample.org CAA 0 issue ";"'))
    assert found.unknown == "CAA mx.example.org: SERVFAIL"
    with pytest.raises(ValueError, match="not known"):
        found.allows(LE)


@pytest.mark.parametrize(
    ("records", "plain", "wildcard"),
    [
        ([], True, True),
        (['0 issue "letsencrypt.org"'], True, True),
        (['0 issue "LetsEncrypt.org; validationmethods=dns-01"'], True, True),
        (['0 issue "ca.example"'], False, False),
        (['0 issue "ca.example"', '0 issuewild "letsencrypt.org"'], False, True),
        (['0 issue "letsencrypt.org"', '0 issuewild ";"'], True, False),
        (['0 issuewild ";"'], True, False),
        (['0 iodef "mailto:a@example.org"'], True, True),
        (['0 issue "letsencrypt.org"', '128 future "x"'], False, False),
        (['0 issue "letsencrypt.org"', '0 future "x"'], True, True),
        (['0 issue "letsencrypt.org"', "rubbish"], False, False),
    ],
)
def test_who_may_issue(records: list[str], plain: bool, wildcard: bool) -> None:
    found = caa.relevant_set("example.org", zone("\n".join(f"example.org CAA {record}" for record in records)))
    assert found.allows(LE) is plain
    assert found.allows(LE, wildcard=True) is wildcard


def test_issuers_are_known_by_the_names_of_their_records() -> None:
    assert caa.issuer_domains("Let's Encrypt") == LE
    assert "sectigo.com" in caa.issuer_domains("Sectigo Limited")
    assert caa.issuer_domains("Example CA") == ()


@given(st.text(max_size=80), st.text('0 128issue"wld;=.a\\', max_size=60))
def test_any_text_is_read_or_refused(odd: str, likely: str) -> None:
    for text in (odd, likely, f'0 issue "{odd}"', f'0 issue "{likely}"'):
        try:
            assert caa.parse(text).tag
        except caa.CaaError:
            continue
    assert caa.relevant_set(odd, zone('example.org CAA 0 issue "x"')).records in ((), (caa.parse('0 issue "x"'),))
