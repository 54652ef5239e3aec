"""How certbot proves its names: which certificates need port 80."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.challenge import over_http

AUTHORITY = "server = https://acme-v02.api.letsencrypt.org/directory"


def lines(authenticator: str, server: str = AUTHORITY, more: str = "") -> str:
    conf = "/etc/letsencrypt/renewal/mx1.example.org.conf"
    return f"{conf}:authenticator = {authenticator}\n{conf}:{server}\n{more and f'{conf}:{more}'}\n"


@pytest.mark.parametrize("authenticator", ["webroot", "nginx", "apache", "standalone"])
def test_plugins_that_answer_by_http(authenticator: str) -> None:
    (found,) = over_http(lines(authenticator))
    assert (found.certificate, found.by_itself) == ("mx1.example.org", authenticator == "standalone")


@pytest.mark.parametrize(
    "text",
    [
        "",
        lines("dns-rfc2136"),
        lines("manual"),
        lines("webroot", "server = https://ca.corp.example/acme/directory"),  # comes by a way of its own
        lines("standalone", more="hook"),  # opens the port while it renews
        lines("standalone") + "every:hook /etc/letsencrypt/renewal-hooks/pre/open\n",
    ],
)
def test_nothing_is_asked_of_port_80(text: str) -> None:
    assert over_http(text) == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    over_http(text)
    over_http(lines(text, text, text))
