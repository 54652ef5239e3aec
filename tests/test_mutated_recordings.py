"""What hosts and strangers say may be cut, torn, doubled or forged: a verdict comes of it, and never a bug of ours.

Each recording of each check is judged with some of its answers changed at random. To search further than a run of all
tests does: ``MUTATIONS=100 pytest tests/test_mutated_recordings.py``.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from checks.evidence.transcript import Answer, Question
from tests.mutation import mutated
from tests.scenario import Scenario, scenarios, verdicts

# What others say; the answers of the other kinds are written by the suite itself.
_SAID_BY_OTHERS = ("command", "dialogue", "http", "earlier")


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_no_answer_however_broken_is_a_bug_of_ours(scenario: Scenario) -> None:
    for number in range(int(os.environ.get("MUTATIONS", "1"))):
        random = Random(f"{scenario} {number}")

        def changed(question: Question, answer: Answer, random: Random = random) -> Answer:
            return mutated(answer, random) if question.kind in _SAID_BY_OTHERS else answer

        said, _ = verdicts(scenario, changed)
        assert not [(number, v.seen) for v in said if "please report it" in v.seen]
