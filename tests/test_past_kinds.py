"""What earlier runs heard of the DNS and of web servers can be looked back on as commands can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from checks.evidence import earlier, notation
from checks.evidence.transcript import Answer, Question
from checks.past import Past

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TXT = Question("outside1", "dns", "_mta-sts.example.org. TXT")
GET = Question("example.org", "http", "GET https://mta-sts.example.org/ at 192.0.2.1 from outside1")
GOOD = {
    TXT: Answer("NOERROR ad", b'_mta-sts.example.org. 300 IN TXT "v=STSv1; id=7"\n'),
    GET: Answer("HTTP/1.1 200 OK", b"Server: nginx\n\nversion: STSv1\nmode: enforce\n"),
}


class Asked:
    """Answers what looks back, from the kept runs of this folder."""

    def __init__(self, site: Path) -> None:
        self.past = Past(site, NOW)

    def ask(self, *questions: Question) -> tuple[Answer, ...]:
        return tuple(map(self.past.answer, questions))


def run(site: Path, question: Question, answer: Answer) -> None:
    folder = site / "20261122T120000Z/transcripts"
    folder.mkdir(parents=True, exist_ok=True)
    text = notation.render(NOW - timedelta(days=1), {Question(question.target, "command", "true"): Answer("exit 0"),
                                                     question: answer})  # fmt: skip
    (folder / f"{notation.file_name(question.target)}.txt").write_text(text)


def test_answers_of_other_kinds_are_found(tmp_path: Path) -> None:
    for question, answer in GOOD.items():
        run(tmp_path, question, answer)
    for question, answer in GOOD.items():
        (sample,) = earlier.look_back_at(Asked(tmp_path), question)
        assert (sample.moment, sample.text.strip()) == (NOW - timedelta(days=1), answer.text.strip())


def test_what_told_nothing_then_tells_nothing_now(tmp_path: Path) -> None:
    run(tmp_path, TXT, Answer("timed out after 5 s"))
    run(tmp_path, GET, Answer("HTTP/1.1 404 Not Found", b"Server: nginx\n\n"))
    assert not any(earlier.look_back_at(Asked(tmp_path), question) for question in GOOD)
