"""Since when a cause is there, as the kept runs tell."""

from __future__ import annotations

from pathlib import Path

from reports.gate import Gate
from reports.report import Report, conclude
from tests.reports.made import FAIL, PASS, UNKNOWN, head, kept, record, verdict

DAYS = [f"2026-11-{day}T02:00:00+00:00" for day in range(10, 30)]


def now(site: Path, said: str = FAIL, day: int = 10) -> Report:
    return conclude(
        record(verdict("a.b@mx1", said), folder=site / "20261123T020000Z", of=head("mx1", clock=DAYS[day])),
        None,
        (),
        Gate(),
    )


def run(site: Path, day: int, said: str = FAIL, **more: object) -> Path:
    return kept(site, DAYS[day], verdict("a.b@mx1", said), **more).folder


def test_the_first_run_knows_only_itself(tmp_path: Path) -> None:
    (cause,) = now(tmp_path / "acme").diagnosis.causes
    assert (cause.since, cause.last_without, cause.flaps) == (DAYS[10], "", 0)


def test_since_is_the_first_of_an_unbroken_row_and_the_last_without_stands_beside(tmp_path: Path) -> None:
    for day, said in enumerate((FAIL, PASS, FAIL, UNKNOWN, FAIL)):
        run(tmp_path, day, said)
    (cause,) = now(tmp_path).diagnosis.causes
    assert (cause.since, cause.last_without, cause.flaps) == (DAYS[2], DAYS[1], 2)


def test_since_outlives_the_runs_that_are_deleted(tmp_path: Path) -> None:
    first = run(tmp_path, 0)
    run(tmp_path, 1)
    for path in first.iterdir():
        path.unlink()
    first.rmdir()
    assert now(tmp_path).diagnosis.causes[0].since == DAYS[0]


def test_later_runs_replays_and_torn_runs_say_nothing(tmp_path: Path) -> None:
    run(tmp_path, 11, PASS)
    run(tmp_path, 8, PASS, selection={"replay": "x"})
    torn = run(tmp_path, 9, PASS)
    (torn / "run.json").write_text("{")
    assert now(tmp_path).diagnosis.causes[0].last_without == ""


def test_an_unknown_has_a_beginning_too(tmp_path: Path) -> None:
    run(tmp_path, 0, PASS)
    run(tmp_path, 1, UNKNOWN)
    (unseen,) = now(tmp_path, UNKNOWN).diagnosis.unseen
    assert (unseen.since, unseen.last_without) == (DAYS[1], DAYS[0])


def test_the_trend_is_oldest_first_and_ends_with_this_run(tmp_path: Path) -> None:
    run(tmp_path, 0)
    run(tmp_path, 1, PASS)
    assert [h.counts["causes"] for h in now(tmp_path).trend] == [1, 0, 1]
