"""Domains in senders' addresses, as Postfix masquerades them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.masquerade import masqueraded, senders_become
from checks.evidence.postfix import postfix

MASTER = "smtp inet n - y - - smtpd\npickup unix n - y 60 1 pickup\ncleanup unix n - y - 0 cleanup\n"
UNMAPPED = MASTER.replace("smtpd", "smtpd -o receive_override_options=no_address_mappings")
SPARING = MASTER.replace(" - 0 cleanup", " - 0 cleanup -o masquerade_domains=")
MAIN = "cleanup_service_name = cleanup\nmasquerade_classes = envelope_sender, header_sender, header_recipient\n"


@pytest.mark.parametrize(
    ("domain", "listed", "becomes"),
    [
        ("any.thing.foo.example.com", "foo.example.com example.com", "foo.example.com"),
        ("any.thing.else.example.com", "foo.example.com example.com", "example.com"),
        ("foo.example.com", "!foo.example.com example.com", "foo.example.com"),
        ("any.foo.example.com", "!foo.example.com example.com", "any.foo.example.com"),
        ("example.com", "Example.COM com", "example.com"),  # the domain itself ends the search
        ("box.example.com", "Example.COM", "example.com"),
        ("notexample.com", "example.com", "notexample.com"),
        ("example.com", "", "example.com"),
    ],
)
def test_the_first_match_decides(domain: str, listed: str, becomes: str) -> None:
    assert masqueraded(domain, tuple(listed.split())) == becomes


@pytest.mark.parametrize(
    ("main", "master", "becomes"),
    [
        ("masquerade_domains = test", MASTER, "test"),
        ("masquerade_domains = $up\nup = test", MASTER, "test"),
        ("masquerade_domains = test\nmasquerade_classes = header_recipient", MASTER, "alpha.test"),
        ("masquerade_domains = test", SPARING, "alpha.test"),
        ("masquerade_domains = test", UNMAPPED, "test"),  # local programs' mail still is
        ("masquerade_domains = test", UNMAPPED.replace("pickup unix", "#pickup unix"), "alpha.test"),
    ],
)
def test_senders_are_masqueraded_where_mail_enters(main: str, master: str, becomes: str) -> None:
    assert senders_become(postfix(MAIN + main, master, ""), "alpha.test") == becomes


@given(st.text(), st.text())
def test_a_domain_stays_or_becomes_a_parent_of_it(domain: str, listed: str) -> None:
    becomes = masqueraded(domain.lower(), tuple(listed.split()))
    assert becomes == domain.lower() or domain.lower().endswith(f".{becomes}")
