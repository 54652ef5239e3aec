"""Quotas of Dovecot 2.3 and 2.4, in octets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.dovecot_quota import limits, octets

NEW = """# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf
quota_mail_size = unlimited
quota_storage_size = unlimited
quota "User quota" {
  driver = count
  storage_size = 5M
}
"""
OLD = """# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf
plugin {
  quota = maildir:User quota
  quota_max_mail_size = 1 M
  quota_rule = *:storage=4096
  quota_rule2 = Trash:storage=+10%
}
"""


def test_a_root_of_2_4_has_its_own_size_or_the_common_one() -> None:
    assert limits(doveconf(NEW)) == (("quota User quota: storage_size = 5M", 5 * 1024**2),)
    common = NEW.replace("  storage_size = 5M\n", "").replace(
        "quota_storage_size = unlimited", "quota_storage_size = 1 G"
    )
    assert [size for _, size in limits(doveconf(common))] == [1024**3]


def test_the_rule_for_all_mailboxes_of_2_3_counts() -> None:
    assert limits(doveconf(OLD)) == (
        ("quota_rule = *:storage=4096", 4096 * 1024),
        ("quota_max_mail_size = 1 M", 1024**2),
    )


def test_no_quota_is_no_limit() -> None:
    assert limits(doveconf("# 2.4.1\nquota_storage_size = 5M\n")) == ()
    assert limits(doveconf("# 2.3.19\nplugin {\n  quota_rule = *:storage=5M\n}\n")) == ()


@pytest.mark.parametrize(
    ("value", "expected"), [("5M", 5 * 1024**2), ("10 M", 10 * 1024**2), ("unlimited", 0), ("", 0), ("7", 7)]
)
def test_sizes(value: str, expected: int) -> None:
    assert octets(value, "b") == expected


@given(st.text(max_size=200))
def test_any_text_gives_limits(text: str) -> None:
    assert isinstance(limits(doveconf(f"# 2.3.19\nplugin {{\n  quota = x\n  quota_rule = {text}\n}}\n")), tuple)
