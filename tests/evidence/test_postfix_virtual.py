"""Virtual aliases are followed by an awk program: what it says of tables of every shape, and of none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import postfix_virtual

AWK = Path(postfix_virtual.__file__).with_name("virtual.awk")


def followed(*lines: str, delimiter: str = "+") -> list[str]:
    asked = ["awk", "-v", f"delimiter={delimiter}", "-v", "origin=origin.example", "-f", str(AWK)]
    text = "".join(f"{line}\n" for line in lines).replace("|", "\t")
    done = subprocess.run(asked, input=text, capture_output=True, text=True, timeout=20, check=True)
    return [line.replace("\t", "|") for line in done.stdout.splitlines()]


OURS = ("D|example.org", "M|alice@example.org|x", "M|bob@example.org|x")


@pytest.mark.parametrize("alias", [
    "A|alice@example.org|alice@example.org",
    "A|team@example.org|alice@example.org, bob+team@example.org",
    "A|TEAM@example.org|Alice@Example.org friend@elsewhere.example",
    "A|root|alice@example.org",
    "A|team@example.org|team@example.org, bob@example.org",
    "A|@old.example|@example.org",
])  # fmt: skip
def test_aliases_that_end_somewhere_are_passed_over(alias: str) -> None:
    assert followed(*OURS, alias) == ["known|1|2"]


def test_a_mailbox_that_does_not_exist_is_told() -> None:
    assert followed(*OURS, "A|sales@example.org|al@example.org")[0] == "lost|sales@example.org|al@example.org"


def test_what_a_table_that_cannot_be_read_may_hold_is_not_held_against_it() -> None:
    assert followed(*OURS, "X", "A|sales@example.org|al@example.org") == ["known|1|2"]


def test_a_ring_of_aliases_is_told() -> None:
    told = followed(*OURS, "A|a@example.org|b@example.org", "A|b@example.org|c@example.org,a@example.org",
                    "A|c@example.org|alice@example.org")  # fmt: skip
    assert sorted(told) == ["known|3|2", "loop|a@example.org", "loop|b@example.org"]


def test_a_catch_all_hides_those_without_an_alias() -> None:
    told = followed(*OURS, "A|@example.org|alice@example.org", "A|alice@example.org|alice@example.org")
    assert told == ["hidden|@example.org|1", "known|2|2"]


def test_rewriting_is_followed() -> None:
    told = followed(*OURS, "C|alice@example.org|alice@example.net", "C|bob@example.org|nobody@example.org")
    assert told == ["moved|bob@example.org|nobody@example.org", "known|0|2"]
    assert followed(*OURS, "C|@example.org|@example.net", "D|example.net")[-1] == "known|0|2"


def test_many_aliases_take_no_time() -> None:
    wide = [f"A|n{n}@example.org|n{n + 1}@example.org, n{n + 2}@example.org" for n in range(3000)]
    assert followed(*OURS, *wide)[-1].startswith("known|3000|")


@given(st.text())
def test_nothing_that_a_host_prints_stops_the_reading(text: str) -> None:
    assert postfix_virtual.ends(text) is None or "known" in text


def test_output_that_was_cut_off_is_no_answer() -> None:
    assert postfix_virtual.ends("loop\ta@example.org\n") is None
