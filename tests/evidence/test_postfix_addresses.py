"""Addresses in Postfix's settings."""

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.postfix import postfix
from checks.evidence.postfix_addresses import in_front, named

MAIN = "inet_interfaces = 127.0.0.1, [::1], mail.example.org, 192.0.2.1\nsmtp_bind_address = 192.0.2.2\nsmtp_bind_address6 =\n"
MASTER = """192.0.2.3:submission inet n - y - - smtpd -o smtpd_tls_security_level=encrypt
smtp inet n - y - - smtpd
0.0.0.0:2525 inet n - y - - smtpd
outgoing unix - - y - - smtp -o smtp_bind_address=192.0.2.4
"""


def test_addresses_are_found_with_what_names_them() -> None:
    found = {str(address): setting for setting, address in named(postfix(MAIN, MASTER, ""))}
    assert found == {
        "::1": "inet_interfaces",
        "192.0.2.1": "inet_interfaces",
        "192.0.2.2": "smtp_bind_address",
        "192.0.2.3": "192.0.2.3:submission in master.cf",
        "192.0.2.4": "-o smtp_bind_address of outgoing in master.cf",
    }


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read(main: str, master: str) -> None:
    assert all(setting for setting, _ in named(postfix(f"inet_interfaces = {main}", master, "")))


def test_addresses_in_front_of_the_host() -> None:
    found = in_front(postfix("proxy_interfaces = 192.0.2.9, [2001:db8::9], proxy.example.org\n", MASTER, ""))
    assert [str(address) for _, address in found] == ["192.0.2.9", "2001:db8::9"]
