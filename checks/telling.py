"""Which of the questions that a verdict rests on shows best what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.evidence.transcript import Question, Transcript

_WORD = re.compile(r"[\w./@-]{4,60}")
_MOST_WORDS = 60
_MOST_READ = 200_000  # octets of an answer


def by_what_they_tell(asked: Sequence[Question], said: str, transcript: Transcript) -> list[Question]:
    """The same questions, that last whose answer holds most of what was said; of equal ones, the last asked stays last.

    A word that stands in few answers tells more than one that stands in all of them.
    """
    words = set(list(dict.fromkeys(_WORD.findall(said)))[:_MOST_WORDS])
    holds = [_held(question, words, transcript) for question in asked]
    rare = {word: 1 / number for word in words if (number := sum(word in each for each in holds))}
    told = [sum(rare[word] for word in each) for each in holds]
    return [asked[n] for n in sorted(range(len(asked)), key=lambda n: told[n])]


def _held(question: Question, words: set[str], transcript: Transcript) -> set[str]:
    answer = transcript.answers(question.target).get(question)
    text = answer.text[:_MOST_READ] if answer else ""
    return {word for word in words if word in text}
