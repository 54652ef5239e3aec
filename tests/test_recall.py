"""What a guard would count is not asked again too soon, and is asked again once it is time or something changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.evidence import notation
from checks.evidence.setting import moment_line, question, setting
from checks.evidence.transcript import Answer, Lacking, Question, Transcript
from checks.recall import recall

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def attempt(since: str = "7") -> Question:
    where = setting(f"smtp 192.0.2.25:25 from controller name=mx.example.org every=900 since={since}")
    return question("mx.example.org:25", where, "EHLO x", "QUIT")


REFUSED = "S: 220 hello\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@elsewhere.example>\nS: 554 5.7.1 relaying denied"


def run(site: Path, name: str, age: timedelta, text: str = REFUSED) -> None:
    """An earlier run's folder that held the attempt so long ago."""
    record = f"* connected from 192.0.2.1\n{text}\n{moment_line(NOW - age)}\n"
    folder = site / name / "transcripts"
    folder.mkdir(parents=True)
    other = Question("mx1", "command", "id -u")
    answers = {attempt(): Answer("ended", record.encode()), other: Answer("exit 0", b"0\n")}
    (folder / "mx.example.org:25.txt").write_text(notation.render(NOW - age, answers))


def test_a_young_answer_is_used_again_and_nothing_else_of_that_run(tmp_path: Path) -> None:
    run(tmp_path, "20261123T115000Z", timedelta(minutes=10))
    assert set(recall(tmp_path, NOW)) == {attempt()}


def test_an_answer_as_old_as_its_pace_is_not(tmp_path: Path) -> None:
    run(tmp_path, "20261123T114501Z", timedelta(seconds=899))
    assert recall(tmp_path, NOW)
    assert not recall(tmp_path, NOW + timedelta(seconds=1))


def test_the_newest_run_counts(tmp_path: Path) -> None:
    run(tmp_path, "20261123T115000Z", timedelta(minutes=10), REFUSED.replace("hello", "older"))
    run(tmp_path, "20261123T115500Z", timedelta(minutes=5), REFUSED.replace("hello", "newer"))
    assert b"newer" in recall(tmp_path, NOW)[attempt()].out


def test_an_answer_of_the_future_or_of_nobody_is_not_used(tmp_path: Path) -> None:
    run(tmp_path, "20261123T120500Z", timedelta(minutes=-5))
    run(tmp_path, "20261123T115000Z", timedelta(minutes=5), "")
    assert not recall(tmp_path, NOW)


@pytest.mark.parametrize("reply", ["450 4.1.8 sender domain not found", "451 4.3.0 try again"])
def test_a_server_that_put_us_off_is_asked_again(tmp_path: Path, reply: str) -> None:
    run(tmp_path, "20261123T115000Z", timedelta(minutes=10), REFUSED.replace("554 5.7.1 relaying denied", reply))
    assert not recall(tmp_path, NOW)


def test_a_server_that_would_not_talk_to_us_is_asked_again(tmp_path: Path) -> None:
    run(
        tmp_path, "20261123T115000Z", timedelta(minutes=10), REFUSED.replace("S: 250 ok", "S: 554 5.7.1 you are listed")
    )
    assert not recall(tmp_path, NOW)


@pytest.mark.parametrize(("outcome", "again"), [("tried everything", False), ("TLS failed: silent for 30 s", True)])
def test_tls_that_was_tried_in_full_is_not_tried_again_so_soon(tmp_path: Path, outcome: str, again: bool) -> None:
    where = "smtp 192.0.2.25:25 from controller name=mx.example.org every=86400 since=7"
    asked = Question("mx.example.org:25", "tls", f"{where}\nEHLO x\nSTARTTLS\ntry everything")
    out = f"suites TLSv1.3 TLS_AES_128_GCM_SHA256\n{moment_line(NOW - timedelta(hours=20))}\n".encode()
    folder = tmp_path / "20261122T160000Z/transcripts"
    folder.mkdir(parents=True)
    text = notation.render(NOW - timedelta(hours=20), {asked: Answer(outcome, out)})
    (folder / "mx.example.org:25.txt").write_text(text)
    assert (asked not in recall(tmp_path, NOW)) is again
    assert not recall(tmp_path, NOW + timedelta(hours=5))


@pytest.mark.parametrize(("said", "again"), [("111 closed", False), ("3306 connected", True)])
def test_ports_that_were_shut_are_not_tried_again_so_soon(tmp_path: Path, said: str, again: bool) -> None:
    asked = Question("mx1", "knock", "192.0.2.25 from outside1 every=86400 ports=111,3306")
    out = f"{said}\n{moment_line(NOW - timedelta(hours=20))}\n".encode()
    folder = tmp_path / "20261122T160000Z/transcripts"
    folder.mkdir(parents=True)
    (folder / "mx1.txt").write_text(notation.render(NOW - timedelta(hours=20), {asked: Answer("tried", out)}))
    assert (asked not in recall(tmp_path, NOW)) is again
    assert not recall(tmp_path, NOW + timedelta(hours=5))


def test_a_torn_transcript_is_passed_over(tmp_path: Path) -> None:
    run(tmp_path, "20261123T115000Z", timedelta(minutes=10))
    path = next(tmp_path.glob("*/transcripts/*"))
    path.write_text(path.read_text()[:-20] + "\nx")
    assert not recall(tmp_path, NOW)


def test_another_state_of_the_configuration_is_another_question() -> None:
    transcript = Transcript(NOW)
    transcript.gathering = True
    transcript.earlier = {attempt("7"): Answer("ended")}
    with pytest.raises(Lacking) as lacking:
        transcript.ask(attempt("8"))
    assert lacking.value.questions == {attempt("8")}
    assert transcript.ask(attempt("7")) == (Answer("ended"),)
    assert attempt("7") in transcript.answers("mx.example.org:25")
