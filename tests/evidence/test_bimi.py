"""BIMI records, the DMARC policy they need, and the profile of the logo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import bimi
from checks.evidence.dmarc_discovery import discover
from tests.evidence.zone import zone

SVG = b"""<?xml version="1.0"?>
<svg version="1.2" baseProfile="tiny-ps" viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg"><title>Example</title></svg>
"""


def test_reads_records() -> None:
    record = bimi.parse("v=BIMI1; l=https://example.org/logo.svg; a=https://example.org/vmc.pem; z=1")
    assert (record.location, record.authority) == ("https://example.org/logo.svg", "https://example.org/vmc.pem")
    assert (record.declines, len(record.remarks)) == (False, 1)
    assert bimi.parse("v=BIMI1; l=; a=;").declines
    assert not bimi.parse("v=BIMI1; l=https://example.org/logo.svg").declines
    assert bimi.svg_problems(SVG.ljust(bimi.MAX_SVG_OCTETS)) == ()
    assert len(bimi.svg_problems(SVG.ljust(bimi.MAX_SVG_OCTETS + 1))) == 1
    assert bimi.select(["v=BIMI1; l=;", "v=BIMI10; l=", "x"]) == ("v=BIMI1; l=;",)
    assert bimi.record_name("example.org") == "default._bimi.example.org"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v=BIMI1", "no l="),
        ("l=https://example.org/; v=BIMI1", "first tag"),
        ("", "first tag"),
        ("v=BIMI1; l=http://example.org/logo.svg", "https"),
        ("v=BIMI1; l=; a=ftp://example.org", "https"),
        ("v=BIMI1; l=; l=", "more than once"),
    ],
)
def test_records_without_use(text: str, why: str) -> None:
    with pytest.raises(bimi.BimiError, match=why):
        bimi.parse(text)


@pytest.mark.parametrize(
    ("record", "obstacle"),
    [
        ("v=DMARC1; p=reject", ""),
        ("v=DMARC1; p=quarantine; pct=100", ""),
        ("v=DMARC1; p=quarantine; pct=50", "pct=50"),
        ("v=DMARC1; p=none", "none"),
        ("v=DMARC1; p=reject; sp=none", "none"),
        ("v=DMARC1; p=quarantine; t=y", "none"),
        ("v=DMARC1", "does not apply"),
    ],
)
def test_needs_dmarc_enforcement(record: str, obstacle: str) -> None:
    found = bimi.dmarc_obstacle(discover("example.org", zone(f"_dmarc.example.org TXT {record}")))
    assert obstacle in found
    assert bool(found) is bool(obstacle)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (b"tiny-ps", b"tiny", "tiny-ps"),
        (b'version="1.2"', b'version="1.1"', "version"),
        (b"<title>", b"<desc>", "title"),
        (b"<svg ", b'<svg x="0" ', "x or y"),
        (b"</svg>", b"<script/></svg>", "script"),
        (b"<svg", b"<html", "no <svg>"),
        (b"</svg>", b'<image xlink:href="https://example.org/x.png"/></svg>', "other files"),
        (b"</svg>", b" " * 33000 + b"</svg>", "octets"),
        (b"<svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg", "entity"),
    ],
)
def test_logos_outside_the_profile(before: bytes, after: bytes, problem: str) -> None:
    assert bimi.svg_problems(SVG) == ()
    assert any(problem in found for found in bimi.svg_problems(SVG.replace(before, after)))


@given(st.text(max_size=80), st.text("v=BIMI1; l=https:/.a", max_size=60), st.binary(max_size=80))
def test_any_text_is_read_or_refused(odd: str, likely: str, octets: bytes) -> None:
    bimi.svg_problems(octets)
    for text in (odd, f"v=BIMI1; l={odd}", f"v=BIMI1;{likely}"):
        try:
            assert bimi.parse(text).text == text
        except bimi.BimiError:
            continue
