"""python -m reports: each command does its work from kept runs, and says in one line what it cannot use."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question
from reports.__main__ import main
from reports.exits import Exit
from reports.prune import prune
from reports.verdicts import point_latest, read_run
from tests.reports.made import PASS, kept, verdict

DAYS = [f"2026-11-{day}T02:00:00+00:00" for day in range(10, 30)]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "acme"


def test_render_writes_every_report_again_and_keeps_the_status(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept(site, DAYS[0], verdict("a.b@mx1", seen="port 25: refused")).folder
    record = (folder / "results.jsonl").read_bytes()
    assert main(["render", str(folder)]) == Exit.FAILURE
    assert "port 25: refused" in capsys.readouterr().out
    assert "port 25: refused" in (folder / "junit.xml").read_text()
    assert (folder / "results.jsonl").read_bytes() == record


def test_render_tells_what_was_told_of_waivers_then(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept(site, DAYS[0], verdict("a.b@mx1", PASS)).folder
    head = read_run(folder).head
    (folder / "run.json").write_text(type(head)(**{**vars(head), "remarks": ("waiver 1 expires soon",)}).text())
    assert main(["render", str(folder)]) == Exit.CLEAN
    assert "waiver 1 expires soon" in capsys.readouterr().out


def test_compare_says_what_is_new_and_what_is_mended(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept(site, DAYS[0], verdict("a.old@mx1"), verdict("a.new@mx1", PASS)).folder
    now = kept(site, DAYS[1], verdict("a.old@mx1", PASS), verdict("a.new@mx1", seen="it broke")).folder
    assert main(["compare", str(before), str(now), "--no-drift"]) == Exit.FAILURE
    out = capsys.readouterr().out
    assert out.startswith("since 2026-11-10 02:00 UTC: 1 new failure, 1 fixed")
    assert "a.new@mx1 (high): it broke" in out
    assert main(["compare", str(now), str(now), "--no-drift"]) == Exit.CLEAN


def transcript(folder: Path, clock: str, *answers: tuple[str, str, str]) -> None:
    (folder / "transcripts").mkdir()
    found = {Question("mx1", kind, text): Answer("exit 0", out.encode()) for kind, text, out in answers}
    (folder / "transcripts" / "mx1.txt").write_text(notation.render(datetime.fromisoformat(clock), found))


def test_compare_shows_what_was_seen_differently_and_no_counters(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [kept(site, clock, verdict("a.b@mx1", PASS)).folder for clock in DAYS[:2]]
    nft = '{"nftables": [{"rule": {"handle": %d, "expr": [{"counter": {"packets": %d, "bytes": 9}}, {"%s": null}]}}]}'
    for folder, clock, tls, number, action in zip(
        folders, DAYS, ("may", "encrypt"), (1, 2), ("accept", "drop"), strict=False
    ):
        transcript(
            folder, clock,
            ("command", "postconf", f"myhostname = mx1.example.org\nsmtpd_tls_security_level = {tls}\n"),
            ("command", "sudo nft -j list ruleset", nft % (number, number, action)),
            ("command", "cat /proc/loadavg", f"0.{number} 0.1 0.1 1/100 {number}\n"),
            ("command", "systemctl show '*'", f"Id=postfix.service\nMainPID={number}\n\nId=session-{number}.scope\n"),
            ("command", "sudo ss -Hltnp", f'LISTEN {number} 100 *:25 *:* users:(("master",pid={number},fd=3))\n'),
        )  # fmt: skip
    assert main(["compare", *map(str, folders)]) == Exit.CLEAN
    out = capsys.readouterr().out
    assert "smtpd_tls_security_level: may → encrypt" in out
    assert '+ {"rule"' in out
    assert "loadavg" not in out
    assert "session" not in out
    assert "master" not in out


@pytest.mark.parametrize(
    "command", [["render", "/nowhere"], ["compare", "/nowhere", "/nowhere"], ["prune", "/nowhere"]]
)
def test_what_is_no_run_is_one_line(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == Exit.USAGE
    assert capsys.readouterr().err.count("\n") == 1


def test_runs_that_cannot_be_compared_are_refused_unless_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (
        kept(site, clock, verdict(f"a.b@{host}", PASS)).folder
        for clock, host in zip(DAYS, ("mx1", "mx2"), strict=False)
    )
    assert main(["compare", str(one), str(other), "--no-drift"]) == Exit.USAGE
    assert "other hosts" in capsys.readouterr().err
    assert main(["compare", str(one), str(other), "--no-drift", "--compare-anyway"]) == Exit.FAILURE
    assert "ABSENT HOST  mx1" in capsys.readouterr().out


def test_adopt_writes_debt_beside_the_inventory(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hosts.yml").write_text("all: {}")
    said = [verdict("a.b@mx1[25]"), verdict("a.c@mx1", severity="critical"), verdict("a.d@mx1", rests_on=("a.b@mx1",))]
    folder = kept(site, DAYS[0], *said, inventory=str(tmp_path / "hosts.yml")).folder
    assert main(["adopt", str(folder), "--owner", "postmaster"]) == Exit.CLEAN
    out = capsys.readouterr().out
    assert "1 failures recorded as debt" in out
    assert "critical, so it is no debt and still fails: a.c@mx1" in out
    text = (tmp_path / "debt.yml").read_text()
    assert "review: 2027-02-08" in text.replace("'", "")
    assert "a.d" not in text


def test_adopt_without_a_known_inventory_asks_where(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kept(site, DAYS[0], verdict("a.b@mx1")).folder
    assert main(["adopt", str(folder), "--owner", "x"]) == Exit.USAGE
    assert "--into" in capsys.readouterr().err


def test_parts_become_one_run_and_causes_reach_across_them(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = kept(site, DAYS[0], verdict("a.b@mx1"), selection={"limit": "mx1"}).folder
    two = kept(site, DAYS[1], verdict("c.d@mx2", rests_on=("a.b@mx1",)), selection={"limit": "mx2"}).folder
    assert main(["merge", str(tmp_path / "merged"), str(one), str(two)]) == Exit.FAILURE
    merged = read_run(tmp_path / "merged")
    assert set(merged.head.hosts) == {"mx1", "mx2"}
    assert {v.reference: v.because for v in merged.verdicts} == {"a.b@mx1": (), "c.d@mx2": ("a.b@mx1",)}
    assert "limit" not in merged.head.selection
    assert main(["merge", str(tmp_path / "merged"), str(one)]) == Exit.USAGE
    assert "1 cause" in capsys.readouterr().out


def test_prune_deletes_the_oldest_runs_and_old_transcripts_and_nothing_else(site: Path) -> None:
    runs = [kept(site, clock, verdict("a.b@mx1", PASS)).folder for clock in DAYS[:6]]
    for run in runs:
        (run / "transcripts").mkdir()
    (site / "20261101T000000Z").mkdir()  # a folder with a run's name that no run made
    (site / "keep me").mkdir()
    point_latest(runs[5])
    (site / "20261102T000000Z").symlink_to(runs[5].name)
    done = prune(site, 4, 3, datetime(2026, 11, 15, 3, tzinfo=UTC))
    assert {path.name for path in done.runs} == {run.name for run in runs[:2]}
    assert [run for run in runs if (run / "transcripts").exists()] == runs[3:]
    assert {path.name for path in site.iterdir()} == {
        *(run.name for run in runs[2:]), "latest", "keep me", "20261101T000000Z", "20261102T000000Z"
    }  # fmt: skip


def test_prune_never_deletes_the_latest_run(site: Path) -> None:
    runs = [kept(site, clock, verdict("a.b@mx1", PASS)).folder for clock in DAYS[:3]]
    point_latest(runs[0])
    prune(site, 0, 30, datetime(2026, 11, 15, tzinfo=UTC))
    assert runs[0].exists()
    assert runs[2].exists()


def test_prune_takes_its_numbers_from_the_policy_of_the_latest_run(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = {"keep_runs": 2, "keep_transcripts_days": 30}
    runs = [kept(site, clock, verdict("a.b@mx1", PASS), policy=policy).folder for clock in DAYS[:3]]
    point_latest(runs[2])
    assert main(["prune", str(site)]) == Exit.CLEAN
    assert capsys.readouterr().out.startswith("1 runs deleted")


def test_every_exit_status_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["exits"])
    out = capsys.readouterr().out
    assert all(f"| {status.value} | {status.meaning} |" in out for status in Exit)
