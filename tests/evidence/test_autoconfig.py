"""config-v1.1.xml, in the forms that real sites serve and in those that nobody should believe."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.autoconfig import NotAutoconfig, Server, servers

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.org">
    <domain>example.org</domain>
    <incomingServer type="imap">
      <hostname>imap.%EMAILDOMAIN%</hostname>
      <port> 993 </port>
      <socketType>SSL</socketType>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>SMTP.example.org.</hostname>
      <port>587</port>
      <socketType>STARTTLS</socketType>
    </outgoingServer>
  </emailProvider>
</clientConfig>
"""


def test_servers_are_read_in_the_page_s_words() -> None:
    assert servers(PAGE, "example.org") == (
        Server("imap", "imap.example.org", 993, "SSL"),
        Server("smtp", "smtp.example.org", 587, "STARTTLS"),
    )


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("<html><body>It works!</body></html>", "its root is <html>"),
        ("It works!", "not XML"),
        ("", "not XML"),
        ("<clientConfig/>", "names no server"),
        ('<clientConfig><incomingServer type="imap"><port>993</port></incomingServer></clientConfig>', "no hostname"),
        (
            '<clientConfig><incomingServer type="imap"><hostname>a.test</hostname></incomingServer></clientConfig>',
            "no port",
        ),
        ("<!DOCTYPE x [<!ENTITY a 'aaaa'>]><clientConfig/>", "document type"),
    ],
)
def test_what_tells_nothing_says_why(page: str, why: str) -> None:
    with pytest.raises(NotAutoconfig, match=why):
        servers(page, "example.org")


@given(st.text(max_size=300) | st.text(alphabet="<>/abc=\"'! &;clientConfigServer", max_size=300))
def test_any_page_is_read_or_refused(page: str) -> None:
    with contextlib.suppress(NotAutoconfig):
        assert servers(page, "example.org")
