"""Gathering asks each question once, sends what waits for a host in one exchange, and lets every target go ahead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from checks import gather as gathering
from checks.evidence.command import LOGIN
from checks.evidence.transcript import Answer, Question, Transcript
from checks.gather import _Desk
from checks.policy import policy


class Hosts:
    """Sessions that note each exchange; `hold` keeps the first one open until the test lets it go."""

    def __init__(self) -> None:
        self.exchanges: list[list[str]] = []
        self.hold = asyncio.Event()

    async def ask(self, _: str, commands: Sequence[str]) -> list[Answer]:
        self.exchanges.append(list(commands))
        await self.hold.wait()
        return [Answer("unreachable: lost" if command == "lost" else "exit 0") for command in commands]


def command(text: str) -> Question:
    return Question("mx1", "command", text)


def desk(hosts: Hosts, transcript: Transcript, at_once: int = 10) -> _Desk:
    sessions: Any = hosts
    nowhere: Any = None
    return _Desk(transcript, sessions, nowhere, policy({"mailassay_probes_at_once": at_once}, "here"))


def transcript() -> Transcript:
    return Transcript(datetime(2026, 11, 25, tzinfo=UTC))


async def _two_exchanges() -> tuple[list[list[str]], Transcript]:
    hosts, known = Hosts(), transcript()
    asking = desk(hosts, known)
    first = asyncio.create_task(asking.ask({command("a"), command("b")}))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(asking.ask({command(text)})) for text in ("a", "c", "d", "c")]
    await asyncio.sleep(0.01)
    hosts.hold.set()
    await asyncio.gather(first, *others)
    return hosts.exchanges, known


def test_a_question_is_asked_once_and_what_waits_goes_in_one_exchange() -> None:
    exchanges, known = asyncio.run(_two_exchanges())
    assert exchanges == [["a", "b"], ["c", "d"]]
    assert set(known.answers("mx1")) == {command(text) for text in "abcd"}


async def _lost() -> Transcript:
    hosts, known = Hosts(), transcript()
    hosts.hold.set()
    await desk(hosts, known).ask({command("lost"), command("kept")})
    return known


def test_a_host_lost_half_way_counts_as_not_reached() -> None:
    answers = asyncio.run(_lost()).answers("mx1")
    assert answers[command(LOGIN)].outcome == "unreachable: lost"
    assert answers[command("kept")].outcome == "exit 0"


async def _slow_and_quick(at_once: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    order: list[str] = []

    async def probe(question: Question, vantage: object) -> Answer:
        await asyncio.sleep(0.2 if question.text == "slow" else 0.01)
        order.append(question.text)
        return Answer("ended")

    monkeypatch.setattr(gathering, "PROBES", {"dns": probe})
    asking = desk(Hosts(), transcript(), at_once)
    slow = asyncio.create_task(asking.ask({Question("a", "dns", "slow")}))
    await asyncio.sleep(0)
    for text in ("first", "second"):
        await asking.ask({Question("b", "dns", text)})
    await slow
    return order


def test_a_slow_target_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asyncio.run(_slow_and_quick(10, monkeypatch)) == ["first", "second", "slow"]


def test_no_more_probes_run_at_once_than_the_policy_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asyncio.run(_slow_and_quick(1, monkeypatch)) == ["slow", "first", "second"]


async def _broken_probe(question: Question, vantage: object) -> Answer:
    raise LookupError("a bug")


def test_a_bug_in_a_probe_ends_the_gathering_instead_of_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PROBES", {"dns": _broken_probe})
    with pytest.raises(LookupError, match="a bug"):
        asyncio.run(_ask_once())


async def _ask_once() -> None:
    await asyncio.wait_for(desk(Hosts(), transcript()).ask({Question("a", "dns", "x")}), 5)


def test_an_interrupt_that_was_forgotten_once_ends_the_gathering_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_TO_CLOSE", 0.05)

    async def forgetful() -> int:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)
        return 0

    async def interrupted() -> None:
        task = asyncio.create_task(gathering._to_the_end(forgetful()))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(asyncio.wait_for(interrupted(), 5))
