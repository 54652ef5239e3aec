"""Sessions that Dovecot's limits leave to users."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.dovecot_sessions import at_once, of_one_user

HEAD = "# 2.4.1\nprotocols {\n  imap = yes\n  lmtp = yes\n}\n"


def test_without_settings_dovecots_own_values_count() -> None:
    plain = doveconf(HEAD)
    assert dict(of_one_user(plain)) == {"imap": 10}
    assert dict(at_once(plain)) == {"imap-login": 100, "imap": 1024}


def test_a_protocols_own_setting_counts_before_the_common_one() -> None:
    own = doveconf(HEAD + "mail_max_userip_connections = 20\nprotocol imap {\n  mail_max_userip_connections = 1\n}\n")
    assert dict(of_one_user(own)) == {"imap": 1}


def test_a_login_process_of_many_clients_holds_more() -> None:
    fast = "service imap-login {\n  process_limit = 4\n  service_count = 0\n  client_limit = 50\n}\n"
    assert dict(at_once(doveconf(HEAD + fast)))["imap-login"] == 200


def test_a_process_for_one_client_holds_one() -> None:
    slow = "service imap-login {\n  process_limit = 1\n  restart_request_count = 1\n  client_limit = 1\n}\n"
    assert dict(at_once(doveconf(HEAD + slow)))["imap-login"] == 1


@given(st.text(max_size=40))
def test_any_value_gives_a_number(text: str) -> None:
    found = doveconf(HEAD + f"service imap-login {{\n  process_limit = {text}\n  client_limit = {text}\n}}\n")
    assert all(isinstance(room, int) for _, room in at_once(found))
