"""Which versions of TLS a setting of Postfix leaves, in each of the ways in which it can be written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import http
from checks.evidence.postfix_tls import VERSIONS, allowed


@pytest.mark.parametrize(
    ("setting", "left"),
    [
        ("", "SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
        (">=TLSv1", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
        (">=TLSv1.2, <=TLSv1.2", "TLSv1.2"),
        ("!SSLv2, !SSLv3, !TLSv1, !TLSv1.1", "TLSv1.2 TLSv1.3"),
        ("TLSv1.2 TLSv1.3", "TLSv1.2 TLSv1.3"),
        ("TLSv1", "TLSv1"),
        ("tlsv1.3:!TLSv1.2", "TLSv1.3"),
        ("!SSLv2,!SSLv3", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
    ],
)
def test_a_setting_leaves_these_versions(setting: str, left: str) -> None:
    assert " ".join(allowed(setting)) == left


@given(st.text(alphabet="TLSv123.!<>=, :x0", max_size=60))
def test_whatever_is_set_leaves_versions(setting: str) -> None:
    assert set(allowed(setting)) <= set(VERSIONS)


@given(st.text(max_size=200))
def test_whatever_a_web_server_says_is_read(text: str) -> None:
    assert isinstance(http.header(text, "Content-Type"), str)


def test_a_header_is_read_from_the_head_alone() -> None:
    page = "* TLS TLSv1.3 X 256\nServer: nginx\ncontent-type: text/plain; charset=utf-8\n\nContent-Type: text/html\n"
    assert http.header(page, "Content-Type") == "text/plain; charset=utf-8"
