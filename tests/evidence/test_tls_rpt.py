"""TLS-RPT records are read as RFC 8460 defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import tls_rpt


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("v=TLSRPTv1;rua=mailto:a@example.org", True),
        ("v=TLSRPTv1; rua=", True),
        ("v=TLSRPTv1", False),
        ("v=tlsrptv1; rua=mailto:a@example.org", False),
        (" v=TLSRPTv1;", False),
    ],
)
def test_selects_records(text: str, selected: bool) -> None:
    assert bool(tls_rpt.select([text])) is selected


def test_reads_destinations_and_extensions() -> None:
    """The examples of RFC 8460 §3 and a list of both kinds."""
    record = tls_rpt.parse("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt , mailto:reports@example.com; x=1;")
    assert [(uri.scheme, uri.host) for uri in record.rua] == [
        ("https", "reporting.example.com"),
        ("mailto", "example.com"),
    ]
    assert record.extensions == ("x=1",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v=TLSRPTv1;", "no rua="),
        ("v=TLSRPTv1; rua=", "not name=value"),
        ("v=TLSRPTv1; rua=a@example.org", "neither"),
        ("v=TLSRPTv1; rua=http://example.org/", "neither"),
        ("v=TLSRPTv1; rua=mailto:a@example.org!10m", "neither"),
        ("v=TLSRPTv1; rua=mailto:a@example.org,", "neither"),
        ("v=TLSRPTv1 rua=mailto:a@example.org", "begin with"),
        ("v=TLSRPTv1; rua=mailto:a@example.org;; x=1", "not name=value"),
    ],
)
def test_records_without_use(text: str, why: str) -> None:
    with pytest.raises(tls_rpt.TlsRptError, match=why):
        tls_rpt.parse(text)


@given(st.text(max_size=120), st.text("rua=mailto:h@ps/.,;! ", max_size=80))
def test_any_text_is_read_or_refused(odd: str, likely: str) -> None:
    for text in (odd, f"v=TLSRPTv1;{odd}", f"v=TLSRPTv1; rua={likely}", f"v=TLSRPTv1;{likely}"):
        try:
            assert tls_rpt.parse(text).rua
        except tls_rpt.TlsRptError:
            continue
