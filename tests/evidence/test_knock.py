"""Ports that an observer tries: what each address is told, and that silence is paid once for many."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import knock
from checks.evidence.knocks import TRIED, Knocks
from checks.evidence.ssh import Unreachable
from checks.evidence.transcript import Answer
from checks.policy import policy

SAID = "192.0.2.25 25 connected\n2001:db8::25 3306 connected\n192.0.2.25 111 closed\nall tried\n"


def tried(said: Answer | Exception, *addresses: str, ports: str = "25,111,3306") -> tuple[list[Answer], list[str]]:
    """What these addresses are told, and the commands that it took."""
    commands: list[str] = []

    async def ask(_: str, command: str) -> Answer:
        commands.append(command)
        if isinstance(said, Exception):
            raise said
        return said

    async def all_of_them() -> list[Answer]:
        knocks = Knocks(ask)
        return await asyncio.gather(*(knocks.tried("outside1", address, ports) for address in addresses))

    return asyncio.run(all_of_them()), commands


def test_each_address_is_told_what_its_own_ports_said() -> None:
    (four, six), commands = tried(Answer("exit 0", SAID.encode()), "192.0.2.25", "2001:db8::25")
    assert (four.outcome, knock.taken(four), knock.taken(six)) == (TRIED, frozenset({25}), frozenset({3306}))
    assert [knock.word(four, port) for port in (25, 111, 3306)] == ["connected", "closed", "silent"]
    assert len(commands) == 1, "addresses that are tried at the same time are one command"


@pytest.mark.parametrize(("count", "pause"), [(3, "0.5"), (12, "0.5"), (48, "0.25")])
def test_ports_are_tried_slowly_and_within_the_time_of_a_command(count: int, pause: str) -> None:
    _, (command,) = tried(Answer("exit 0"), "192.0.2.25", ports=",".join(map(str, range(1, count + 1))))
    assert f"sleep {pause}; done" in command


def test_no_more_ports_are_tried_than_guards_bear() -> None:
    """CrowdSec's iptables-scan-multi_ports bans beyond 15 distinct ports; one more is that which nobody has."""
    never: list[int] = policy({}, "test").never_ports
    assert len(never) == 11


def test_many_addresses_are_a_few_commands() -> None:
    addresses = [f"192.0.2.{n}" for n in range(30)]
    answers, commands = tried(Answer("exit 0", SAID.encode()), *addresses)
    assert len(commands) == 3
    assert {answer.outcome for answer in answers} == {TRIED}


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (Answer("exit 127"), "no bash"),
        (Answer("exit 0", b"192.0.2.25 25 connected\n"), "not tried to the end: exit 0"),  # bash could not fork
        (Answer("timed out after 20 s"), "not tried to the end: timed out after 20 s"),
        (Unreachable("no route"), "no observer: no route"),
    ],
)
def test_what_was_not_tried_is_not_taken_for_shut(said: Answer | Exception, outcome: str) -> None:
    (answer,), _ = tried(said, "192.0.2.25")
    assert answer.outcome == outcome


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    answer = Answer(TRIED, text.encode("utf-8", "surrogatepass"))
    knock.taken(answer)
    knock.word(answer, 25)
