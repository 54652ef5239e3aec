"""Listening sockets: whose they are, and on which addresses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.sockets import listeners

BUSY = (
    'tcp LISTEN 0 100 0.0.0.0:25 0.0.0.0:* users:(("smtpd",pid=1448,fd=6),("smtpd",pid=1446,fd=6),("master",pid=363,fd=13))\n'
    'tcp LISTEN 0 100 [::1]:143 [::]:* users:(("imap-login",pid=997,fd=8),("dovecot",pid=42,fd=43))\n'
    "udp UNCONN 0 0 *:53 *:*\n"
)


def test_a_socket_is_that_of_the_daemon_and_not_of_those_who_serve_its_clients() -> None:
    assert [each.process for each in listeners(BUSY)] == ["master", "dovecot", ""]


def test_addresses_tell_who_reaches_them() -> None:
    everybody, here, both = listeners(BUSY)
    assert (everybody.loopback, here.loopback, both.loopback) == (False, True, False)
    assert (everybody.serves(6), both.serves(6)) == (False, True)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    listeners(f"{text}\ntcp LISTEN 0 1 {text} x")
