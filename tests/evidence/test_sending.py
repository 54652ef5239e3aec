"""The addresses that a mail server is told to send from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.exim import Driver, Exim
from checks.evidence.opensmtpd import opensmtpd
from checks.evidence.postfix import postfix
from checks.evidence.sending import addresses, of_exim, of_opensmtpd, of_postfix

MASTER = (
    "smtp unix - - y - - smtp\nown unix - - y - - smtp -o smtp_helo_name=b.example.org -o smtp_bind_address=192.0.2.2\n"
)
MAIN = "default_transport = smtp\nsmtp_helo_name = a.example.org\nsmtp_bind_address = 192.0.2.1\nsmtp_bind_address6 =\n"


def test_a_service_is_bound_by_its_own_options_or_by_main_cf() -> None:
    found = {way.label: way.bound for way in of_postfix(postfix(MAIN, MASTER, ""))}
    assert found == {"Postfix smtp": ("192.0.2.1",), "Postfix own": ("192.0.2.2",)}


@pytest.mark.parametrize(
    ("interface", "bound"),
    [
        ("192.0.2.1", ("192.0.2.1",)),
        ("192.0.2.1 : 192.0.2.2", ("192.0.2.1", "192.0.2.2")),
        ("<; 192.0.2.1 ; 2001:db8::1", ("192.0.2.1", "2001:db8::1")),
        ("${lookup{$sender_address_domain}lsearch{/etc/exim4/ways}}", ()),
        ("", ()),
    ],
)
def test_exim_is_bound_by_the_transport(interface: str, bound: tuple[str, ...]) -> None:
    driver = Driver("out", "transport", {"driver": "smtp", "interface": interface})
    assert [way.bound for way in of_exim(Exim({}, (driver,)))] == [bound]


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ('src "192.0.2.1"', ("192.0.2.1",)),
        ("src <ours>", ("192.0.2.2", "2001:db8::2")),
        ("src <kept>", ()),
        ("", ()),
    ],
)
def test_opensmtpd_is_bound_by_the_action(source: str, bound: tuple[str, ...]) -> None:
    tables = 'table ours { "192.0.2.2", "2001:db8::2" }\ntable kept file:/etc/mail/sources\n'
    assert [way.bound for way in of_opensmtpd(opensmtpd(f'{tables}action "out" relay {source}\n'))] == [bound]


def test_names_and_tables_are_no_addresses() -> None:
    assert addresses(["", "<pool>", "mail.example.org", " [2001:db8::1] ", "192.0.2.1"]) == ("2001:db8::1", "192.0.2.1")


@given(st.lists(st.text(), max_size=5))
def test_nothing_but_addresses_comes_of_any_text(values: list[str]) -> None:
    assert all(each.count(":") >= 2 or each.count(".") == 3 for each in addresses(values))
