"""People become tokens, the same one each time; offices, units and what the inventory names stay."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.awk import program
from checks.evidence.people import People, token_of

AWK = program("token", "thin")


def hidden(text: str, people: People | None = None) -> str:
    return (people or People()).hidden(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "postmaster@example.org", "Abuse@example.org", "getty@tty1.service", "postfix@-.service", "user@1000.service",
        "foo@bar.service.d/x.conf", "*@example.org", "%n@%d", "${local_part}@${domain}", "@example.org", "a@b", "audit@mx1",
        "mailassay-does-not-exist@example.org", "u1234567@example.org",
    ],
)  # fmt: skip
def test_what_is_nobodys_address_stays(text: str) -> None:
    assert hidden(text) == text


def test_a_person_is_the_same_everywhere_and_somebody_else_is_not() -> None:
    people = People()
    first = hidden("<alice@example.org> Alice@example.net bob@example.org", people)
    token = token_of("alice")
    assert first == f"<{token}@example.org> {token}@example.net {token_of('bob')}@example.org"
    assert hidden("alice@example.org", people) == f"{token}@example.org"


def test_the_host_is_asked_with_the_name_that_it_knows() -> None:
    people = People()
    shown = hidden("root: J.Doe@example.org", people).partition(" ")[2]
    assert people.revealed(f"postmap -q '{shown}'") == "postmap -q 'J.Doe@example.org'"
    assert people.revealed("postmap -q u7777777@example.org") == "postmap -q u7777777@example.org"


@given(st.text())
def test_a_name_that_is_revealed_cannot_break_out_of_its_quotes(text: str) -> None:
    people = People()
    people.hidden(f"{text}@example.org".encode("utf-8", "replace"))
    assert not set("'\"`$;|&\\ \n") & set("".join(people._names.values()))


def test_what_the_inventory_names_stays() -> None:
    assert hidden("canary@example.org", People(["Canary@example.org"])) == "canary@example.org"
    assert hidden("demo@example.org", People(["demo"])) == "demo@example.org"


def test_a_person_has_the_same_token_in_the_log() -> None:
    """The log is thinned on the host by awk, all else here."""
    line = "Nov 26 mx1 postfix/smtp[1]: A1: to=<alice@example.org>, status=sent"
    done = subprocess.run(
        ["awk", AWK],
        input=line,
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    assert f"to=<{token_of('alice')}@example.org>" in done.stdout
