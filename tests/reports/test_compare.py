"""Before and after: what is new, still there, mended, or seen no more; and which of it is a regression."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.verdict import WAIVED, Verdict
from reports.compare import Change, Changes, NotComparable, compare
from reports.exits import Exit
from reports.gate import Gate
from tests.reports.made import FAIL, PASS, UNKNOWN, head, record, report, verdict


def changed(before: list[Verdict], now: list[Verdict]) -> Changes:
    return compare([record(*before)], record(*now))


@pytest.mark.parametrize(
    ("before", "now", "change", "worse"),
    [
        (PASS, FAIL, Change.NEW_FAILURE, True),
        ("skip", FAIL, Change.NEW_FAILURE, True),
        (WAIVED, FAIL, Change.NEW_FAILURE, True),
        (UNKNOWN, FAIL, Change.NEW_FAILURE, True),
        (FAIL, FAIL, Change.STILL_FAILING, False),
        (FAIL, PASS, Change.FIXED, False),
        (FAIL, WAIVED, Change.FIXED, False),
        (PASS, UNKNOWN, Change.NEW_UNKNOWN, True),
        (FAIL, UNKNOWN, Change.NEW_UNKNOWN, True),
        (UNKNOWN, UNKNOWN, Change.UNCHANGED, False),
        (PASS, PASS, Change.UNCHANGED, False),
    ],
)
def test_every_verdict_has_its_class(before: str, now: str, change: Change, worse: bool) -> None:
    said = changed([verdict("a.b@mx1", before)], [verdict("a.b@mx1", now)])
    assert [item.change for item in said.items] == [change]
    assert said.worse == worse


def test_what_was_judged_and_is_missing_now_is_a_regression() -> None:
    said = changed([verdict("a.b@mx1[old]", PASS), verdict("a.b@mx1[new]", PASS)], [verdict("a.b@mx1[new]", PASS)])
    assert [item.verdict.reference for item in said.regressions] == ["a.b@mx1[old]"]


def test_a_host_that_is_dead_now_is_one_regression_and_not_forty() -> None:
    before = [verdict("hosts.reached@mx1", PASS), *(verdict(f"a.b@mx1[{n}]", PASS) for n in range(40))]
    now = [verdict("hosts.reached@mx1", UNKNOWN), verdict("a.b@mx1", UNKNOWN, rests_on=("hosts.reached@mx1",))]
    done = report(*now, baselines=(record(*before),))
    assert done.changes is not None
    assert [item.verdict.reference for item in done.changes.regressions] == ["hosts.reached@mx1"]


def test_a_check_that_lost_its_evidence_is_a_new_unknown_although_its_instances_are_gone() -> None:
    said = changed([verdict("a.b@mx1[25]", PASS)], [verdict("a.b@mx1", UNKNOWN)])
    assert [(item.change, item.verdict.reference) for item in said.regressions] == [(Change.NEW_UNKNOWN, "a.b@mx1")]


@pytest.mark.parametrize(("before", "change"), [(PASS, Change.UNCHANGED), (FAIL, Change.FIXED)])
def test_what_comes_and_goes_by_itself_is_not_lost(before: str, change: Change) -> None:
    """An empty queue has no destination that could be judged; a port that is closed now needs no rule any more."""
    said = changed(
        [verdict("queue.destination_moves@mx1[a.example]", before)], [verdict("queue.destination_moves@mx1", "skip")]
    )
    assert [item.change for item in said.items if item.now is None] == [change]
    assert not said.worse


def test_a_check_of_what_comes_and_goes_that_is_gone_altogether_is_lost() -> None:
    before = [verdict("queue.destination_moves@mx1[a.example]", PASS), verdict("queue.destination_moves@mx2", PASS)]
    said = changed(before, [verdict("queue.destination_moves@mx2", PASS), verdict("a.b@mx1", PASS)])
    assert [item.verdict.reference for item in said.regressions] == ["queue.destination_moves@mx1[a.example]"]


def test_the_same_limit_as_the_baselines_hides_no_absent_host() -> None:
    limited = {"selection": {"limit": "mx*"}}
    before = record(verdict("a.b@mx1", PASS), verdict("a.b@mx2", PASS), of=head("mx1", "mx2", **limited))
    now = record(verdict("a.b@mx1", PASS), of=head("mx1", **limited))
    assert compare([before], now).absent_hosts == ("mx2",)


def test_a_host_of_the_baseline_that_is_absent_is_a_regression() -> None:
    said = changed([verdict("a.b@mx1", PASS), verdict("a.b@mx2", PASS)], [verdict("a.b@mx1", PASS)])
    assert said.absent_hosts == ("mx2",)
    assert said.worse


def test_a_limit_compares_what_it_selects_and_says_so() -> None:
    before = record(verdict("a.b@mx1", PASS), verdict("a.b@mx2", PASS))
    now = record(verdict("a.b@mx1", PASS), of=head("mx1", selection={"limit": "mx1"}))
    said = compare([before], now)
    assert (said.absent_hosts, said.worse) == ((), False)
    assert said.notes == ("compared on 1 of the baseline's 2 hosts, as --limit asks",)


def test_other_hosts_and_other_versions_are_refused_unless_told() -> None:
    stranger = record(verdict("a.b@mx9", PASS))
    older = record(verdict("a.b@mx1", PASS), of=head("mx1", suite="0.0.9"))
    now = record(verdict("a.b@mx1", PASS))
    for baseline, word in ((stranger, "lacks mx1"), (older, "mailassay 0.0.9")):
        with pytest.raises(NotComparable, match=word):
            compare([baseline], now)
        assert any(word in note for note in compare([baseline], now, anyway=True).notes)


def test_what_the_baselines_do_not_agree_on_flaps_and_does_not_gate() -> None:
    baselines = (record(verdict("a.b@mx1", FAIL)), record(verdict("a.b@mx1", PASS)))
    done = report(verdict("a.b@mx1"), baselines=baselines, gate=Gate(regressions=True))
    assert done.exit == Exit.CLEAN
    assert done.let_pass == {"a.b@mx1": "flapping: the baselines do not agree on it"}


def test_a_check_that_the_baseline_does_not_know_is_shown_and_does_not_gate() -> None:
    done = report(verdict("n.ew@mx1"), baselines=(record(verdict("a.b@mx1", PASS)),), gate=Gate(regressions=True))
    assert done.let_pass["n.ew@mx1"] == "the baseline has no such check"


def test_only_regressions_gate_when_asked() -> None:
    old, new = verdict("a.b@mx1[1]"), verdict("a.b@mx1[2]")
    base = record(old, verdict("a.b@mx1[2]", PASS))
    assert report(old, verdict("a.b@mx1[2]", PASS), baselines=(base,), gate=Gate(regressions=True)).exit == Exit.CLEAN
    assert report(old, new, baselines=(base,), gate=Gate(regressions=True)).exit == Exit.FAILURE
    assert report(old, verdict("a.b@mx1[2]", PASS), baselines=(base,)).exit == Exit.FAILURE


def test_a_missing_verdict_gates_too() -> None:
    base = record(verdict("a.b@mx1[1]", PASS), verdict("a.b@mx1[2]", PASS))
    assert report(verdict("a.b@mx1[1]", PASS), baselines=(base,), gate=Gate(regressions=True)).exit == Exit.FAILURE


@pytest.mark.parametrize("now", [[verdict("a.b@mx1", severity="low")], []], ids=["new", "lost"])
@pytest.mark.parametrize(("fail_on", "status"), [("low", Exit.FAILURE), ("high", Exit.CLEAN)])
def test_a_regression_gates_from_the_severity_that_is_asked_for(now: list[Verdict], fail_on: str, status: Exit) -> None:
    others = verdict("a.c@mx1", PASS)
    base = record(verdict("a.b@mx1", PASS, severity="low"), others)
    of = head("mx1", checks=base.head.checks)
    assert report(*now, others, of=of, baselines=(base,), gate=Gate(fail_on, regressions=True)).exit == status


def test_an_outage_of_theirs_is_no_regression_of_ours() -> None:
    base, fleet = record(verdict("a.b@mx1", PASS)), head("mx1", policy={"theirs_destinations": 2})
    done = report(verdict("a.b@mx1", side="theirs"), of=fleet, baselines=(base,), gate=Gate(regressions=True))
    assert done.exit == Exit.CLEAN


@pytest.mark.parametrize(("severity", "status"), [("critical", 1), ("high", 1), ("medium", 0), ("low", 0)])
def test_fail_on_sets_the_mildest_severity_that_fails(severity: str, status: int) -> None:
    assert report(verdict("a.b@mx1", severity=severity), gate=Gate("high")).exit == status


def test_what_is_theirs_gates_only_when_it_covers_more_destinations_than_policy_allows() -> None:
    fleet = head("mx1", policy={"theirs_destinations": 2})
    said = [verdict(f"queue.destination_moves@mx1[d{n}.example]", side="theirs") for n in range(3)]
    assert report(*said[:2], of=fleet).exit == Exit.CLEAN
    assert report(*said, of=fleet).exit == Exit.FAILURE


def test_many_unseen_hosts_are_a_failure_and_few_are_unknown() -> None:
    names = [f"mx{n}" for n in range(20)]
    fleet = head(*names, policy={"unseen_hosts_percent": 10})
    said = [verdict(f"hosts.reached@{name}", UNKNOWN) for name in names]
    assert report(*said[:2], of=fleet).exit == Exit.UNKNOWN
    done = report(*said[:3], of=fleet)
    assert (done.exit, done.remarks) == (Exit.FAILURE, ("3 of 20 hosts were not wholly seen; policy allows 10 %",))


def test_one_unseen_host_of_a_small_fleet_is_unknown() -> None:
    assert (
        report(verdict("hosts.reached@mx1", UNKNOWN), of=head("mx1", policy={"unseen_hosts_percent": 10})).exit
        == Exit.UNKNOWN
    )


def test_a_baseline_without_its_head_is_compared_by_its_verdicts(tmp_path: Path) -> None:
    lone = tmp_path / "sent.jsonl"
    lone.write_text(verdict("a.b@mx1", PASS).line() + "\n")
    from reports.verdicts import read_run

    assert compare([read_run(lone)], record(verdict("a.b@mx1"))).worse
