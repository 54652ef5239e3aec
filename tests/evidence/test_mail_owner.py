"""Whom mail belongs to, and the numbers of users that Dovecot serves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.mail_owner import Limits, limits, numbers, owners

NEW = """\
# 2.4.1 (7d8c0bc): /etc/dovecot/dovecot.conf
first_valid_uid = 1000
last_valid_uid = 4999
mail_uid = vmail
userdb static {
  fields {
    uid = store
    home = /srv/mail/%{user}
  }
}
"""
OLD = """\
# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf
userdb {
  args = uid=5000 gid=vmail home=/srv/mail/%u
  driver = static
}
"""


def test_owners_and_limits_are_read() -> None:
    assert owners(doveconf(NEW)) == ("vmail", "store")
    assert limits(doveconf(NEW)) == Limits(1000, 4999)


def test_older_configuration_is_read() -> None:
    assert owners(doveconf(OLD)) == ("5000",)
    assert limits(doveconf(OLD)) == Limits(500, 0)


@pytest.mark.parametrize(("number", "served"), [(999, False), (1000, True), (4999, True), (5000, False)])
def test_limits_are_both_included(number: int, served: bool) -> None:
    assert (number in Limits(1000, 4999)) is served


def test_no_last_number_is_no_limit() -> None:
    assert 60000 in Limits(500, 0)


def test_names_with_a_meaning_for_the_shell_are_not_asked_for() -> None:
    assert owners(doveconf(NEW.replace("vmail", "$(id)").replace("store", "-x"))) == ()


@given(st.text())
def test_any_passwd_is_read(text: str) -> None:
    assert all(number >= 0 for number in numbers(text).values())


def test_numbers_of_users() -> None:
    assert numbers("vmail:x:5000:5000::/srv/mail:/usr/sbin/nologin\nhalf:x\n") == {"vmail": 5000}
