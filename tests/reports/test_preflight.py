"""It is safe to start changing a host only where nothing speaks against it, and the rest of its role can take over."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

from checks.pages import catalogue
from reports.drift import Drift, unexpected
from reports.preflight import _questions, obstacles
from reports.verdicts import BadRecord
from tests.reports.made import PASS, UNKNOWN, head, report, verdict


def test_every_check_it_asks_for_exists() -> None:
    globs = [glob for group in _questions().values() for glob in group]
    assert not [glob for glob in globs if not any(fnmatchcase(check, glob) for check in catalogue())]


def test_a_healthy_host_of_a_healthy_pair_may_be_changed() -> None:
    assert obstacles(report(verdict("queue.moves@mx1", PASS), of=head("mx1", "mx2")), "mx1") == []


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (verdict("a.b@mx1", severity="critical"), "a critical failure is open: a.b@mx1"),
        (verdict("a.b@mx1:25", severity="critical"), "a critical failure is open: a.b@mx1:25"),
        (verdict("hosts.reached@mx1", UNKNOWN, "no route"), "it cannot be looked at: no route"),
        (
            verdict("postfix.valid@mx1", seen="bad line", severity="low"),
            "its configuration is valid: postfix.valid@mx1: bad line",
        ),
        (verdict("queue.moves@mx1", UNKNOWN, severity="low"), "its queue moves"),
        (verdict("resources.disk_not_full@mx1[/var]", severity="low"), "it has room for an update"),
        (verdict("a.b@mx2", severity="high"), "without it 0 of 2 hosts of role mx are left (mx2 not healthy)"),
    ],
)
def test_what_speaks_against_it_is_said(said, word: str) -> None:  # type: ignore[no-untyped-def]
    found = obstacles(report(said, of=head("mx1", "mx2")), "mx1")
    assert any(word in line for line in found), found


def test_a_medium_failure_or_one_elsewhere_does_not_matter() -> None:
    said = [verdict("a.b@mx1", severity="medium"), verdict("postfix.valid@mx2", severity="low")]
    assert obstacles(report(*said, of=head("mx1", "mx2")), "mx1") == []


def test_the_only_host_of_a_role_may_be_changed_where_policy_says_so() -> None:
    assert obstacles(report(verdict("a.b@mx1", PASS), of=head("mx1")), "mx1")
    assert not obstacles(report(verdict("a.b@mx1", PASS), of=head("mx1", policy={"change_share_percent": 100})), "mx1")


def test_a_host_that_was_not_looked_at_is_an_error() -> None:
    with pytest.raises(BadRecord, match="did not look at mx9"):
        obstacles(report(verdict("a.b@mx1", PASS)), "mx9")


def test_changes_that_were_meant_are_counted_and_the_others_shown() -> None:
    drifts = [
        Drift("mx1", "command postconf", ("mail_version: 3.7 → 3.8", "myhostname: a → b")),
        Drift("mx1", "x", ("y",)),
    ]
    left, number = unexpected(drifts, [re.compile("postconf: mail_version"), re.compile("^mx1: x")])
    assert (left, number) == ([Drift("mx1", "command postconf", ("myhostname: a → b",))], 2)
