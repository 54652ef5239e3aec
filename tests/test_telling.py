"""A failure names the question whose answer shows it, and not the one that happened to be asked last."""

from datetime import UTC, datetime

from checks.evidence.transcript import Answer, Question, Transcript
from checks.telling import by_what_they_tell

POSTCONF, RULES, LISTENS = (
    Question("mx1", "command", text) for text in ("postconf -n", "nft list ruleset", "ss -Hltn")
)


def transcript() -> Transcript:
    made = Transcript(datetime(2026, 11, 27, tzinfo=UTC))
    made.record(POSTCONF, Answer("exit 0", b"smtpd_hard_error_limit = 1\nmyhostname = mx1.alpha.test\n"))
    made.record(RULES, Answer("exit 0", b"tcp dport 25 drop comment mx1.alpha.test\n"))
    made.record(LISTENS, Answer("exit 0", b"LISTEN 0.0.0.0:25\n"))
    return made


def test_the_answer_that_holds_what_was_said_comes_last() -> None:
    asked = [POSTCONF, RULES, LISTENS]
    assert by_what_they_tell(asked, "smtpd_hard_error_limit = 1 on mx1.alpha.test", transcript())[-1] == POSTCONF
    assert by_what_they_tell(asked, "`tcp dport 25 drop` keeps it out", transcript())[-1] == RULES


def test_where_none_tells_more_the_last_asked_stays_last() -> None:
    asked = [POSTCONF, RULES, LISTENS]
    assert by_what_they_tell(asked, "nothing of all that", transcript()) == asked
    assert by_what_they_tell([], "anything", transcript()) == []
