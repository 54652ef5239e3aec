"""Fixtures are worked out once, instances are judged apart, and all that is lacking is asked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.evidence.transcript import Answer, Lacking, NoEvidence, Question, Transcript
from checks.resolve import BadFixture, Case, Reading, Resolver, Skip, asking, order, target_kind
from checks.run import recorded_inventory
from checks.target import Host, fleet

FLEET = fleet(recorded_inventory("test", {"mx1": {"mailassay_roles": ["mx"]}}))
CLOCK = datetime(2026, 11, 23, tzinfo=UTC)


def ask(t: Reading, host: Host, text: str) -> str:
    return t.ask(Question(host.name, "command", text))[0].text


def release(t: Reading, host: Host) -> str:
    return ask(t, host, "release")


def port(host: Host) -> Iterator[tuple[str, int]]:
    yield from (("25", 25), ("587", 587))


def listener(t: Reading, host: Host, port: int) -> str:
    t.rests_on("services.running", host.name, "postfix")
    return ask(t, host, f"listener {port}")


def nothing() -> Iterator[tuple[str, int]]:
    yield from ()


def absent(listener: str) -> str:
    raise Skip("not here", "a.check@mx1")


def blind(listener: str) -> str:
    raise NoEvidence("could not look", ("hosts.reached@mx1",))


FIXTURES: dict[str, Callable[..., Any]] = {f.__name__: f for f in (release, port, listener, nothing, absent, blind)}


def resolver(gathering: bool, **answers: str) -> Resolver:
    known = {Question("mx1", "command", k.replace("_", " ")): Answer("exit 0", v.encode()) for k, v in answers.items()}
    transcript = Transcript(CLOCK, known)
    transcript.gathering = gathering
    return Resolver(FLEET.hosts[0], FLEET, transcript, FIXTURES)


def cases(*parameters: str, **answers: str) -> list[Case]:
    return resolver(False, **answers).cases(parameters)


def test_each_pair_of_a_generator_is_an_instance() -> None:
    found = cases("listener", listener_25="a", listener_587="b")
    assert [(c.instance, c.values["listener"]) for c in found] == [("25", "a"), ("587", "b")]


def test_a_fixture_without_generator_gives_one_case_without_instance() -> None:
    (case,) = cases("release", release="12")
    assert (case.instance, case.values["release"]) == (None, "12")


def test_everything_lacking_is_raised_at_once() -> None:
    with pytest.raises(Lacking) as lacking:
        resolver(True).cases(("release", "listener"))
    assert {q.text for q in lacking.value.questions} == {"release", "listener 25", "listener 587"}


def test_what_was_never_asked_is_no_evidence_when_judging() -> None:
    (case,) = cases("release")
    assert isinstance(case.error, NoEvidence)


def test_what_a_fixture_rests_on_travels_to_the_case() -> None:
    assert {c.rests for c in cases("listener", listener_25="a", listener_587="b")} == {
        ("services.running@mx1[postfix]",)
    }


@pytest.mark.parametrize(("name", "rests"), [("absent", "a.check@mx1"), ("blind", "hosts.reached@mx1")])
def test_an_error_names_what_explains_it(name: str, rests: str) -> None:
    for case in cases(name, listener_25="a", listener_587="b"):
        assert case.error is not None
        assert rests in case.rests


def test_a_generator_that_yields_nothing_is_skipped_not_passed() -> None:
    (case,) = cases("nothing")
    assert isinstance(case.error, Skip)


def test_a_bug_in_a_fixture_is_an_error_of_its_case_alone() -> None:
    def broken(host: Host) -> str:
        raise KeyError(host.name)

    found = Resolver(FLEET.hosts[0], FLEET, Transcript(CLOCK), {"broken": broken}).cases(("broken",))
    assert [type(c.error) for c in found] == [KeyError]


def test_order_puts_prerequisites_first_and_refuses_circles() -> None:
    assert order(("listener",), FIXTURES) == ("port", "listener")
    with pytest.raises(BadFixture, match="no fixture is named 'nowhere'"):
        order(("nowhere",), FIXTURES)


def test_a_check_is_about_one_kind_of_target() -> None:
    assert target_kind("a.b", ("listener",), FIXTURES) == "host"
    with pytest.raises(BadFixture, match="exactly one kind"):
        target_kind("a.b", ("host", "domain"), FIXTURES)


def test_while_gathering_what_follows_the_last_that_can_ask_is_not_called() -> None:
    assert asking(("listener",), FIXTURES) == order(("listener",), FIXTURES)
    assert asking(("absent",), FIXTURES) == order(("listener",), FIXTURES)
    assert asking(("nothing", "port"), FIXTURES) == ()


def test_what_a_check_lacks_is_told_until_it_is_answered() -> None:
    found = resolver(True)
    lacking = found.lacks(("absent",))
    assert {question.text for question in lacking} == {"listener 25", "listener 587"}
    for question in lacking:
        found._transcript.record(question, Answer("exit 0"))
    assert found.lacks(("blind",)) == lacking  # remembered for the round
    found.answered()
    assert found.lacks(("absent",)) == frozenset()
