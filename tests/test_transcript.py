"""Evidence that stands on paper takes no memory, and is read again when it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question, Transcript

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def of(target: str, text: str = "id -u") -> Question:
    return Question(target, "command", text)


class Paper:
    """What stands on paper of one target; counts how often it was read."""

    def __init__(self, target: str) -> None:
        self.reads = 0
        self._answers = {of(target): Answer("exit 0", target.encode())}

    def read(self) -> Mapping[Question, Answer]:
        self.reads += 1
        return self._answers


def shelf(count: int) -> tuple[Transcript, list[Paper]]:
    papers = [Paper(f"h{number}") for number in range(count)]
    transcript = Transcript(NOW)
    for number, paper in enumerate(papers):
        transcript.put_away(f"h{number}", paper.read)
    return transcript, papers


def test_what_was_put_away_is_answered_and_read_once_while_it_is_at_hand() -> None:
    transcript, papers = shelf(1)
    assert [transcript.ask(of("h0"))[0].text for _ in range(3)] == ["h0"] * 3
    assert papers[0].reads == 1


def test_what_was_looked_at_long_ago_is_put_away_again() -> None:
    transcript, _ = shelf(50)
    for number in range(50):
        transcript.ask(of(f"h{number}"))
    assert transcript.is_away("h0")
    assert not transcript.is_away("h49")


def test_an_answer_that_came_later_is_never_lost() -> None:
    transcript, _ = shelf(50)
    transcript.record(of("h0", "uptime"), Answer("exit 0"))
    for number in range(1, 50):
        transcript.ask(of(f"h{number}"))
    assert not transcript.is_away("h0")
    assert set(transcript.answers("h0")) == {of("h0"), of("h0", "uptime")}


def test_what_was_put_away_twice_is_still_answered() -> None:
    transcript, papers = shelf(9)
    for number in range(8):
        transcript.ask(of(f"h{number}"))
    transcript.put_away("h0", papers[0].read)
    assert transcript.ask(of("h0"))[0].text == "h0"
    assert transcript.ask(of("h8"))[0].text == "h8"


def test_all_targets_are_known_wherever_they_are() -> None:
    transcript, _ = shelf(2)
    transcript.record(of("new"), Answer("exit 0"))
    assert transcript.targets() == ["h0", "h1", "new"]


def test_two_names_never_share_a_file() -> None:
    names = ["a/b", "a_b", "a\\b", ".a_b", "x" * 300, "x" * 301, "/", "", "[::1]:25", "__1_:25"]
    assert len({notation.file_name(name) for name in names}) == len(names)
    assert notation.file_name("mx1.example.org:25") == "mx1.example.org:25"


def test_a_file_says_of_whom_it_tells() -> None:
    answers = {of("mx1"): Answer("exit 0", b"\n\nother command x\n"), of("mx\\2"): Answer("exit 0")}
    assert notation.told_of(notation.render(NOW, answers)) == {"mx1", "mx\\2"}
