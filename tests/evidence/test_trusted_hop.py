"""Servers that Postfix must verify, and what openssl says of their certificates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.postfix import postfix
from checks.evidence.postfix_peers import peers
from checks.evidence.trusted_hop import distrust, to_verify

MASTER = (
    "lmtp unix - - y - - lmtp\nsmtp unix - - y - - smtp\nown unix - - n - - lmtp -o lmtp_tls_security_level=encrypt\n"
)
MAIN = "queue_directory = /var/spool/postfix\nvirtual_transport = {to}\nlmtp_tls_security_level = {level}\n{more}"
BOX = "lmtp:inet:[box.example.org]:24"


@pytest.mark.parametrize(
    ("to", "level", "more", "options"),
    [
        (BOX, "secure", "lmtp_tls_CAfile = /etc/ca.pem", "-connect box.example.org:24 -starttls lmtp -CAfile /etc/ca.pem"),
        ("lmtp:inet:[2001:db8::1]:24", "verify", "lmtp_tls_CAfile = /x", "-starttls lmtp -CAfile /x"),
        (BOX, "secure", "lmtp_tls_CApath = /etc/cas", "-CApath /var/spool/postfix/etc/cas"),  # read in the chroot
        (BOX, "encrypt", "lmtp_tls_CAfile = /etc/ca.pem", ""),
        (BOX, "secure", "", ""),  # tls_sending.roots_known
        (BOX, "secure", "lmtp_tls_CAfile = /etc/ca.pem\nlmtp_tls_policy_maps = hash:/etc/policy", ""),
        (BOX, "secure", "lmtp_tls_CAfile = /etc/ca.pem\ntls_append_default_CA = yes", ""),
        ("own:inet:[box.example.org]:24", "secure", "lmtp_tls_CAfile = /etc/ca.pem", ""),
        ("lmtp:unix:private/dovecot-lmtp", "secure", "lmtp_tls_CAfile = /etc/ca.pem", ""),
    ],
)  # fmt: skip
def test_only_what_must_be_verified_by_named_authorities_is_asked(to: str, level: str, more: str, options: str) -> None:
    found = postfix(MAIN.format(to=to, level=level, more=more), MASTER, "")
    asked = [each.query for each in to_verify(found, peers(found))]
    assert len(asked) == bool(options)
    assert all(options in query for query in asked)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("20 (unable to get local issuer certificate)", "issued by CN=CA: unable to get local issuer certificate"),
        ("0 (ok)", ""),
        ("10 (certificate has expired)", ""),  # told by others
    ],
)
def test_openssl_says_whether_an_authority_vouches(code: str, why: str) -> None:
    assert distrust(f"issuer=CN=CA\n    Verify return code: {code}\nVerify return code: {code}\n") == why


def test_where_no_certificate_was_shown_nothing_is_known() -> None:
    assert distrust("Verify return code: 0 (ok)\n") is None
    assert distrust("issuer=CN=CA\n") is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    distrust(text)
    distrust(f"issuer={text}\nVerify return code: {text} ({text})")
