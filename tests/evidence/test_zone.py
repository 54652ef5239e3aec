"""What name servers say of a zone is read as it is meant, whatever they send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import zone
from checks.evidence.transcript import Answer

SOA = b"example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 2026112601 14400 3600 1209600 300\n"
SIGNATURE = "example.org. 3600 IN RRSIG SOA 13 2 3600 20261220000000 20261120000000 15659 example.org. c2ln\n"


def test_a_server_that_serves_the_zone_has_no_trouble() -> None:
    found = zone.served("ns1.example.org", "192.0.2.53", Answer("NOERROR aa", SOA))
    assert (found.trouble, found.serial) == ("", "2026112601")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Answer("REFUSED"), "answers REFUSED"),
        (Answer("NOERROR", SOA), "is not authoritative for the zone (lame delegation)"),
        (Answer("NOERROR aa"), "knows no SOA of the zone"),
        (Answer("timed out after 5 s"), "gives no answer (timed out after 5 s)"),
    ],
)
def test_trouble_is_named(answer: Answer, trouble: str) -> None:
    assert zone.served("ns1", "192.0.2.53", answer).trouble == trouble


def test_a_name_without_a_zone_of_its_own_is_in_the_one_above() -> None:
    assert zone.apex(Answer("NOERROR", SOA)) == "example.org"


def test_a_third_of_a_signatures_life_is_left() -> None:
    (found,) = zone.signatures([SIGNATURE])
    assert found.left(datetime(2026, 12, 10, tzinfo=UTC)) == pytest.approx(1 / 3)
    assert found.left(datetime(2026, 12, 21, tzinfo=UTC)) < 0


def test_a_sha1_digest_beside_a_good_one_is_harmless() -> None:
    keys = ["257 3 13 bWFpbGFzc2F5"]
    assert zone.outdated(keys, ["1 13 1 AA", "1 13 2 BB"]) == ()
    assert zone.outdated(keys, ["1 13 1 AA"]) == ("the DS at the parent has a SHA-1 digest only",)
    assert zone.outdated(["257 3 7 AA"], ["1 7 2 BB"]) == ("keys of algorithm 7 (RSASHA1-NSEC3-SHA1)",)


@given(st.text(), st.binary())
def test_no_answer_raises(text: str, octets: bytes) -> None:
    list(zone.signatures([text, f"a. 1 IN RRSIG MX 13 2 1 {text} {text} "]))
    zone.outdated([text], [text])
    zone.iterations([text])
    assert zone.served("ns", "192.0.2.1", Answer(text, octets)).where == "ns 192.0.2.1"


# RFC 4034 §5.4, RFC 4509 §2.3: a key, and DS records of it.
KEY = (
    "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBa"
    "MbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
)
DS = "60485 5 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a"


def test_a_delegation_that_names_a_key_of_the_zone_matches() -> None:
    assert zone.unmatched("dskey.example.com", [KEY], [DS.replace("60485", "1"), DS]) == ""
    assert zone.unmatched("dskey.example.com", [KEY], []) == ""


@pytest.mark.parametrize("above", [DS.replace("d4b7", "0000"), DS.replace("60485", "4711"), DS.replace(" 5 2", " 8 2")])
def test_a_delegation_of_another_key_is_told_by_its_tag(above: str) -> None:
    told = zone.unmatched("dskey.example.com", [KEY], [above])
    tag = above.split()[0]
    assert told.startswith(f"the parent's DS record is of key {tag}")
    assert told.endswith("and the zone's keys are 60485")
    assert ("another digest" in told) == (tag == "60485")


@given(st.lists(st.text()), st.lists(st.text()))
def test_any_keys_and_delegations_are_read(keys: list[str], above: list[str]) -> None:
    assert isinstance(zone.unmatched("example.org", keys, [*above, DS]), str)
