"""MTA-STS records, policies and MX patterns are read as RFC 8461 defines them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import mta_sts

POLICY = """version: STSv1\r
mode: enforce\r
mx: mail.example.com\r
mx: *.example.net\r
mx: backupmx.example.com\r
max_age: 604800\r
"""


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("v=STSv1; id=20160831085700Z;", True),
        ("v=STSv1;id=1", True),
        ("v=STSv1 ; id=1", False),
        ("v=STSv1", False),
        (" v=STSv1; id=1", False),
        ("v=stsv1; id=1", False),
        ("v=STSv2; id=1", False),
    ],
)
def test_selects_records(text: str, selected: bool) -> None:
    """RFC 8461 §3.1: records that do not begin with v=STSv1; are discarded."""
    assert bool(mta_sts.select([text])) is selected


def test_reads_a_record_with_extensions() -> None:
    record = mta_sts.parse_record("v=STSv1; id=20160831085700Z ; x-a.b=c:d;")
    assert (record.id, record.extensions) == ("20160831085700Z", ("x-a.b=c:d",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v=STSv1;", "one id="),
        ("v=STSv1; id=", "name=value"),
        ("v=STSv1; id=2016-08-31", "one id="),
        ("v=STSv1; id=a; id=b", "one id="),
        ("v=STSv1; id=" + "1" * 33, "one id="),
        ("v=STSv1; id=1;; x=1", "name=value"),
        ("v=STSv1; id = 1", "name=value"),
        ("v=STSv1 id=1", "begin with"),
    ],
)
def test_records_that_count_as_none(text: str, why: str) -> None:
    with pytest.raises(mta_sts.StsRecordError, match=why):
        mta_sts.parse_record(text)


@pytest.mark.parametrize("text", [POLICY, POLICY.replace("\r", ""), POLICY.rstrip(), POLICY + "x-new: 1\r\n"])
def test_reads_a_policy(text: str) -> None:
    policy = mta_sts.parse_policy(text)
    assert (policy.mode, policy.max_age, policy.remarks) == ("enforce", 604800, ())
    assert policy.mx == ("mail.example.com", "*.example.net", "backupmx.example.com")
    assert policy.unused(["mail.example.com.", "MX.example.net"]) == ("backupmx.example.com",)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("version: STSv1", "version: STSv2", "version: STSv1"),
        ("version: STSv1\r\n", "", "version: STSv1"),
        ("mode: enforce", "mode: enforced", "mode"),
        ("mode: enforce\r\n", "", "mode"),
        ("mode:", "Mode:", "mode"),
        ("604800", "31557601", "max_age"),
        ("604800", "1 week", "max_age"),
        ("604800", "-1", "max_age"),
        ("max_age: 604800\r\n", "", "max_age"),
        ("*.example.net", "*.*.example.net", "mx"),
        ("*.example.net", "a.example.", "mx"),
        ("*.example.net", "mail@example.net", "mx"),
        ("*.example.net", ".example.net", "mx"),
    ],
)
def test_policies_that_senders_refuse(before: str, after: str, why: str) -> None:
    with pytest.raises(mta_sts.StsPolicyError, match=re.escape(why)):
        mta_sts.parse_policy(POLICY.replace(before, after))


def test_a_policy_without_mx_is_valid_only_for_mode_none() -> None:
    text = re.sub(r"mx: .*\n", "", POLICY)
    with pytest.raises(mta_sts.StsPolicyError, match="at least one line mx"):
        mta_sts.parse_policy(text)
    assert mta_sts.parse_policy(text.replace("enforce", "none")).mx == ()


def test_the_first_of_repeated_fields_counts() -> None:
    policy = mta_sts.parse_policy(POLICY + "mode: none\r\nno field\r\n")
    assert policy.mode == "enforce"
    assert policy.remarks == ("'mode: none' is repeated and ignored", "'no field' is not name: value and ignored")


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("mail.example.com", "MAIL.example.com.", True),
        ("*.example.com", "mail.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "foo.bar.example.com", False),
        ("*.example.com", ".example.com", False),
        ("mail.example.com", "mail.example.com.evil.example", False),
    ],
)
def test_wildcards_stand_for_one_label(pattern: str, host: str, matches: bool) -> None:
    """RFC 8461 §4.1, with its own examples."""
    assert mta_sts.mx_matches(pattern, host) is matches


@given(st.text(max_size=200), st.text("version: STSv1\nmodeax_g*.", max_size=100))
def test_any_text_is_read_or_refused(odd: str, likely: str) -> None:
    for text in (odd, likely, f"v=STSv1;{odd}", POLICY + odd, POLICY.replace("mail", likely)):
        with suppress(mta_sts.StsRecordError):
            assert mta_sts.parse_record(text).id
        try:
            assert 0 <= mta_sts.parse_policy(text).max_age <= mta_sts.MAX_AGE_LIMIT
        except mta_sts.StsPolicyError:
            continue
