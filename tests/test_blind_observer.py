"""What an observer could not see is unknown: the recordings of outside checks, with everything outside taken away.

Each stands for a run in which the observer could not be reached, was cut off, or heard nothing within its time limits.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN
from tests.scenario import Scenario, scenarios, verdicts

# Asked of hosts over ssh, or of kept runs: not of the outside.
_INSIDE = frozenset({"command", "earlier"})
# They judge what a host says of itself, and ask the DNS only for the addresses of friends.
_JUDGE_INSIDE = ("fail2ban.", "firewall.", "logs.", "traffic.")
# They ask where nobody is: an answer would come from a box on the way, and silence is what they look for.
_SILENCE_IS_GOOD = frozenset({"observer.dns_direct", "observer.mail_port_direct"})


def recorded() -> list[Scenario]:
    """One recording of each check that rests on what an observer saw, alone or beside what hosts say."""
    found: dict[str, Scenario] = {}
    for scenario in scenarios():
        _, answers = notation.parse(scenario.path.read_text("utf-8"))
        kinds = {question.kind for question in answers}
        if scenario.check_id.startswith(_JUDGE_INSIDE) or scenario.site is not None:
            continue
        if scenario.verdict in (PASS, FAIL) and kinds - _INSIDE:
            found.setdefault(scenario.check_id, scenario)
    return list(found.values())


def test_most_outside_checks_are_examined() -> None:
    assert len(recorded()) >= 150


@pytest.mark.parametrize("outcome", ["no observer: outside1 cannot be reached", "timed out after 5 s"])
@pytest.mark.parametrize("scenario", recorded(), ids=str)
def test_what_nobody_saw_is_unknown(scenario: Scenario, outcome: str) -> None:
    def taken_away(question: Question, answer: Answer) -> Answer:
        return answer if question.kind in _INSIDE else replace(answer, outcome=outcome, out=b"", err=b"")

    said, _ = verdicts(scenario, taken_away)
    for verdict in said:
        fine = [UNKNOWN, SKIP] if outcome.startswith("no observer") else [UNKNOWN, SKIP, FAIL]
        fine += [PASS] if scenario.check_id in _SILENCE_IS_GOOD and "timed out" in outcome else []
        assert verdict.verdict in fine, f"{verdict.reference}: {verdict.verdict}: {verdict.seen}"
