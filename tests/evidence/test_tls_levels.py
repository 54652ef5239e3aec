"""Levels of TLS that Postfix does not know."""

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.postfix import postfix
from checks.evidence.tls_levels import tables, unknown_entries, unknown_settings

MASTER = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd -o smtpd_tls_security_level=encrpyt\n"


def test_mistyped_entries_are_found() -> None:
    shown = "[relay.example.org]\tencrpyt\nexample.net\tsecure match=nexthop\nexample.com\tMAY, protocols=!SSLv3\n"
    assert unknown_entries(shown) == ("[relay.example.org] encrpyt",)


def test_mistyped_settings_are_found() -> None:
    main = "smtp_tls_security_level = dane\nsmtpd_tls_security_level = must\nlmtp_tls_security_level =\n"
    assert list(unknown_settings(postfix(main, MASTER, ""))) == [
        "smtpd_tls_security_level = must", "smtpd_tls_security_level = encrpyt",
    ]  # fmt: skip


def test_tables_that_can_be_written_out() -> None:
    main = "smtp_tls_policy_maps = socketmap:unix:a:b, hash:/etc/postfix/tls_policy\n"
    assert tables(postfix(main, "", "")) == ("hash:/etc/postfix/tls_policy",)


@given(st.text())
def test_any_table_is_read(shown: str) -> None:
    assert all(len(entry) <= 100 for entry in unknown_entries(shown))
