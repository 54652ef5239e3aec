"""A transcript on paper says exactly what was asked and answered, whatever bytes a server sent."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.notation import BadTranscript, parse, render
from checks.evidence.transcript import Answer, Question

CLOCK = datetime(2026, 11, 23, 21, 41, 44, tzinfo=UTC)
WORD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20).filter(lambda w: w[0] != "#")
QUESTIONS = st.builds(
    lambda target, kind, words, more: Question(target, kind, "\n".join([" ".join(words), *more])),
    WORD,
    st.sampled_from(["command", "dns", "dialogue"]),
    st.lists(WORD, min_size=1, max_size=4),
    st.lists(st.text(max_size=20).filter(lambda text: "\n" not in text), max_size=3),
)
ANSWERS = st.builds(
    Answer,
    st.one_of(WORD, st.sampled_from(["", "-", "\\x2d"])),
    st.binary(max_size=200),
    st.binary(max_size=50),
    st.booleans(),
)


@given(st.dictionaries(QUESTIONS, ANSWERS, max_size=4))
def test_parse_undoes_render_for_any_bytes(answers: dict[Question, Answer]) -> None:
    header, found = parse(render(CLOCK, answers))
    assert header.clock == CLOCK
    assert found == answers


@given(st.text(max_size=300))
def test_parse_gives_a_transcript_or_says_what_is_wrong(text: str) -> None:
    for candidate in (text, f"mailassay transcript 1\nclock: 2026-11-23T00:00:00+00:00\n\n{text}"):
        with contextlib.suppress(BadTranscript):
            assert parse(candidate)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("something else", "line 1"),
        ("mailassay transcript 1\nclock: yesterday\n", "not an ISO time"),
        ("mailassay transcript 1\nclock: 2026-11-23T00:00:00\n", "time zone"),
        ("mailassay transcript 1\nclock: 2026-11-23T00:00:00+00:00\ncolour: red\n", "'colour'"),
        ("mailassay transcript 1\nclock: 2026-11-23T00:00:00+00:00\n\nmx1 command id\n", "no outcome"),
    ],
)
def test_a_broken_transcript_says_where(text: str, complaint: str) -> None:
    with pytest.raises(BadTranscript, match=complaint):
        parse(text)


def test_a_person_can_write_one_by_hand() -> None:
    text = (
        "mailassay transcript 1\nclock: 2026-11-23T21:41:44+00:00\ninventory:\n  mx1:\n    mailassay_roles: [mx]\n"
        "# a remark\n\nmx1 command id -u\nexit 0\n    1000\n\nmx1 command false\nexit 1\nstderr\n    no\n"
    )
    header, answers = parse(text)
    assert header.inventory == "  mx1:\n    mailassay_roles: [mx]\n"
    assert answers[Question("mx1", "command", "id -u")] == Answer("exit 0", b"1000\n")
    assert answers[Question("mx1", "command", "false")] == Answer("exit 1", b"", b"no\n")
