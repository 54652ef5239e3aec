"""Every check gives the verdict that its transcripts' file names say, and has been seen to pass and to fail."""

from __future__ import annotations

import pytest

from checks.pages import catalogue
from checks.verdict import FAIL, PASS, SKIP
from tests.scenario import Scenario, scenarios, verdicts

# Checks whose verdict for trouble is unknown, by design: they tell what the audit itself cannot do.
NEVER_FAIL = frozenset({"hosts.reached", "hosts.privileged"})


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_scenario_gets_the_verdict_in_its_name(scenario: Scenario) -> None:
    said, expected = verdicts(scenario)
    found = {f"{v.target}[{v.instance}]" if v.instance is not None else v.target: v for v in said}
    assert found, "the inventory in the header has no target of this check's kind"
    if expected:
        assert set(expected) <= set(found), f"expect: names none of {sorted(found)}"
    for reference, verdict in found.items():
        wanted = scenario.verdict if not expected or reference in expected else None
        if wanted is None:
            assert verdict.verdict in (PASS, SKIP), f"{reference}: {verdict.verdict}: {verdict.seen}"
        else:
            assert verdict.verdict == wanted, f"{reference}: {verdict.verdict}: {verdict.seen}"


@pytest.mark.parametrize("check_id", sorted(catalogue()))
def test_check_has_been_seen_to_pass_and_to_fail(check_id: str) -> None:
    seen = {scenario.verdict for scenario in scenarios() if scenario.check_id == check_id}
    needed = {PASS} if check_id in NEVER_FAIL else {PASS, FAIL}
    assert needed <= seen, f"tests/transcripts/{check_id}/ lacks {sorted(needed - seen)}"


def test_no_transcripts_without_a_check() -> None:
    assert {scenario.check_id for scenario in scenarios()} <= set(catalogue())
