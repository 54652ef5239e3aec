"""Whether bulk mail can be unsubscribed is read from what strangers wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.unsubscribe import newest, unsubscribing

FIELDS = (
    "From: News <news@example.org>",
    "List-Unsubscribe: <mailto:u@example.org>,",
    "\t<https://example.org/u/4711>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "DKIM-Signature: v=1; d=example.org; h=From:List-Unsubscribe:",
    "\tList-Unsubscribe-Post; b=AAAA",
)


def reply(*fields: str) -> list[str]:
    return ["* 1 FETCH (UID 7 BODY[HEADER.FIELDS (FROM)] {300}", *fields, "", ")", "c OK done"]


def test_a_message_as_it_should_be_lacks_nothing() -> None:
    found = unsubscribing(reply(*FIELDS))
    assert found
    assert (found.lacks, found.uri) == ((), "https://example.org/u/4711")


@pytest.mark.parametrize(("left_out", "word"), [(2, "HTTPS"), (3, "One-Click"), (5, "DKIM")])
def test_what_is_missing_is_told(left_out: int, word: str) -> None:
    found = unsubscribing(reply(*FIELDS[:left_out], *FIELDS[left_out + 1 :]))
    assert found
    assert any(word in lack for lack in found.lacks)


def test_the_newest_message_has_the_highest_number() -> None:
    assert newest(["* SEARCH 4 9 7", "c OK"]) == "9"
    assert newest(["* SEARCH", "c OK"]) == ""


@given(st.lists(st.text(), max_size=8))
def test_nothing_that_a_server_says_stops_the_reading(lines: list[str]) -> None:
    unsubscribing(reply(*lines))
    unsubscribing(lines)
    newest(lines)
