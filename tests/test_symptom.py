"""A symptom in an administrator's words selects the checks that look at it, and then whatever these rest on."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pytest

from checks.catalogue import Check
from checks.evidence.replies import Reason
from checks.evidence.transcript import Transcript
from checks.pages import catalogue
from checks.resolve import Reading, Resolver
from checks.run import recorded_inventory
from checks.symptom import Growth, UnclearSymptom, symptom
from checks.symptom import _rows as rows
from checks.target import Host, fleet

CHECKS = set(catalogue())


@pytest.mark.parametrize(
    ("text", "glob", "ports"),
    [
        ("587 refused", "ports.*", {587}),
        ("465 times out from home", "ports.*", {465}),
        ("certificate expired on 993", "certificate*", {993}),
        ("users cannot log in", "login.*", set()),
        ("550 5.7.26 This mail has been blocked because the sender is unauthenticated", "dmarc.*", set()),
        ("454 4.7.1 Relay access denied", "relay*", set()),
        ("mail is stuck in the queue", "queue.*", set()),
        ("25", "smtp.*", {25}),
        ("ptr.exists", "ptr.exists", set()),
    ],
)
def test_words_ports_replies_and_checks_are_understood(text: str, glob: str, ports: set[int]) -> None:
    found = symptom(text, CHECKS)
    assert glob in found.checks
    assert found.ports == ports


def test_a_port_is_not_taken_for_a_reply() -> None:
    assert "blocklist.*" not in symptom("587 refused", CHECKS).checks


@pytest.mark.parametrize("text", ["", "it is broken", "\x1b[31m\0" * 10_000])
def test_what_names_nothing_is_refused_with_what_it_might_name(text: str) -> None:
    with pytest.raises(UnclearSymptom, match="name a port"):
        symptom(text, CHECKS)


def test_every_class_of_reply_leads_somewhere() -> None:
    known = {reason for row in rows() for reason in row["reasons"]}
    assert known <= {str(reason) for reason in Reason}
    assert {str(reason) for reason in Reason} - known == {"accepted", "unknown"}


def test_every_row_names_checks_that_exist() -> None:
    for row in rows():
        assert any(fnmatchcase(check, glob) for glob in row["checks"] for check in CHECKS), row["words"]


def listening(t: Reading, host: Host) -> str:
    t.rests_on("b.second", host.name, "587")
    return "x"


def running(t: Reading, host: Host) -> str:
    t.rests_on("elsewhere.check", "another")
    return "x"


def test_what_the_checks_rest_on_is_added_until_there_is_nothing_more() -> None:
    """b.second is needed by a.first; c.third looks at the same symptom nowhere and is needed by nobody."""
    made = {"a.first": listening, "b.second": running, "c.third": running}
    host = fleet(recorded_inventory("test", {"mx1": {"mailassay_roles": ["mx"]}})).hosts[0]
    every = [(_check(name, noun.__name__), host) for name, noun in made.items()]
    growth = Growth(symptom("a.first", set(made)), every)
    transcript = Transcript(datetime(2026, 11, 25, tzinfo=UTC))
    known = Resolver(host, fleet(recorded_inventory("test", {"mx1": {"mailassay_roles": ["mx"]}})), transcript,
                     {"listening": listening, "running": running})  # fmt: skip
    passes = []
    while more := growth.more(lambda _: known):
        passes.append([check.id for check, _ in more])
    assert passes == [["a.first"], ["b.second"]]
    assert list(growth.taken) == ["a.first@mx1", "b.second@mx1"]


def _check(name: str, noun: str) -> Check:
    return Check(name, lambda: None, "low", "T", "A", "W", "F", (noun,), (), frozenset())
