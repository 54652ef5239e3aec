"""Somebody is told when something is new or fixed, and left alone otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.exits import Exit
from reports.gate import Gate
from reports.notice import Notice, notice
from reports.report import conclude
from tests.reports.made import FAIL, PASS, UNKNOWN, head, kept, record, verdict

DAYS = [f"2026-11-{day}T02:00:00+00:00" for day in range(10, 30)]


def nights(site: Path, *said: str, **more: object) -> Notice | None:
    """What is told after the last of these nights."""
    for day, word in enumerate(said[:-1]):
        kept(site, DAYS[day], verdict("a.b@mx1", word), verdict("a.c@mx1", PASS))
    now = record(
        verdict("a.b@mx1", said[-1]), verdict("a.c@mx1", PASS), folder=site / "20261123T020000Z", of=head("mx1", **more)
    )
    return notice(conclude(now, None, (), Gate()))


def names(told: Notice | None) -> tuple[list[str], list[str]]:
    assert told is not None
    return [v.reference for v in told.new], [v.reference for v in told.fixed]


@pytest.mark.parametrize("said", [(PASS, PASS), (FAIL, FAIL), (UNKNOWN, UNKNOWN), (PASS,)])
def test_nobody_is_told_of_what_stayed_the_same(tmp_path: Path, said: tuple[str, ...]) -> None:
    assert nights(tmp_path, *said) is None


@pytest.mark.parametrize("said", [(PASS, FAIL), (PASS, UNKNOWN), (FAIL,)])
def test_what_is_new_is_told(tmp_path: Path, said: tuple[str, ...]) -> None:
    assert names(nights(tmp_path, *said)) == (["a.b@mx1"], [])


def test_what_is_fixed_is_told(tmp_path: Path) -> None:
    told = nights(tmp_path, FAIL, PASS)
    assert names(told) == ([], ["a.b@mx1"])
    assert told is not None
    assert told.subject == "mail audit of acme: 0 new, 1 fixed, 0 to mend in all"


def test_what_comes_and_goes_is_told_no_more(tmp_path: Path) -> None:
    assert nights(tmp_path, FAIL, PASS, FAIL, PASS, FAIL) is None


def test_a_run_of_another_part_of_the_fleet_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert names(nights(tmp_path, FAIL, FAIL, selection={"limit": "mx1"})) == (["a.b@mx1"], [])


def test_the_hook_gets_the_text_and_the_subject(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kept(tmp_path, DAYS[0], verdict("a.b@mx1", PASS))
    folder = kept(tmp_path, DAYS[1], verdict("a.b@mx1", seen="it\x1b[2J broke")).folder
    out = tmp_path / "told"
    assert main(["notify", str(folder), "--hook", f'{{ echo "$MAILASSAY_SUBJECT"; cat; }} > {out}']) == Exit.CLEAN
    text = out.read_text()
    assert text.startswith("mail audit of acme: 1 new, 0 fixed, 1 to mend in all\n")
    assert r"seen: it\x1b[2J broke" in text
    assert "fix: `postconf -e x=y" in text
    assert main(["notify", str(folder), "--as", "json", "--hook", f"cat > {out}"]) == Exit.CLEAN
    said = json.loads(out.read_text())
    assert said["new"] == [{"reference": "a.b@mx1", "severity": "high", "seen": r"it\x1b[2J broke"}]
    assert "1 new" in said["text"]
    capfd.readouterr()


def test_a_hook_is_not_run_for_nothing_and_its_failure_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = kept(tmp_path, DAYS[0], verdict("a.b@mx1", PASS)).folder
    assert main(["notify", str(first), "--hook", f"touch {tmp_path}/ran"]) == Exit.CLEAN
    assert not (tmp_path / "ran").exists()
    folder = kept(tmp_path, DAYS[1], verdict("a.b@mx1")).folder
    assert main(["notify", str(folder), "--hook", "echo no route >&2; exit 7"]) == Exit.INTERNAL
    assert "status 7: no route" in capsys.readouterr().err
