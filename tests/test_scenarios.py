"""Every check gives the verdict that its transcripts' file names say, and has been seen to pass and to fail."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from checks.pages import catalogue
from checks.site import FOLDER, read_checks, site_folder
from checks.verdict import FAIL, PASS, SKIP
from tests.scenario import SITES, TRANSCRIPTS, Scenario, scenarios, verdicts

# Checks whose verdict for trouble is unknown, by design: they tell what the audit itself cannot do.
NEVER_FAIL = frozenset({"hosts.reached", "hosts.privileged", "hosts.daemons_seen"}) | {
    check_id for check_id in catalogue() if check_id.startswith("observer.")
}


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_scenario_gets_the_verdict_in_its_name(scenario: Scenario) -> None:
    said, expected = verdicts(scenario)
    found = {f"{v.target}[{v.instance}]" if v.instance is not None else v.target: v for v in said}
    assert found, "the inventory in the header has no target of this check's kind"
    if expected:
        assert set(expected) <= set(found), f"expect: names none of {sorted(found)}"
    wanted = {ref: v for ref, v in found.items() if not expected or ref in expected}
    rest = {ref: v for ref, v in found.items() if ref not in wanted}
    matching = [v for v in wanted.values() if v.verdict == scenario.verdict]
    assert matching, f"none is {scenario.verdict}: {[(ref, v.verdict, v.seen) for ref, v in found.items()]}"
    for reference, verdict in wanted.items():
        allowed = (scenario.verdict,) if expected else (scenario.verdict, SKIP)
        assert verdict.verdict in allowed, f"{reference}: {verdict.verdict}: {verdict.seen}"
    for reference, verdict in rest.items():
        assert verdict.verdict in (PASS, SKIP), f"{reference}: {verdict.verdict}: {verdict.seen}"


def _unseen() -> dict[str, list[str]]:
    """What tests/transcripts/UNSEEN.yml admits: checks that lack a transcript, and of which verdict."""
    admitted: dict[str, list[str]] = yaml.safe_load((TRANSCRIPTS / "UNSEEN.yml").read_text("utf-8")) or {}
    return admitted


@pytest.mark.parametrize("check_id", sorted(catalogue()))
def test_check_has_been_seen_to_pass_and_to_fail(check_id: str) -> None:
    seen = {scenario.verdict for scenario in scenarios() if scenario.check_id == check_id}
    needed = {PASS} if check_id in NEVER_FAIL else {PASS, FAIL}
    lacking = sorted(needed - seen - set(_unseen().get(check_id, [])))
    assert not lacking, f"tests/transcripts/{check_id}/ lacks {lacking}"


def test_no_transcripts_without_a_check() -> None:
    assert all(scenario.check_id in scenario.checks for scenario in scenarios())


@pytest.mark.parametrize(
    "folder", sorted(path for path in SITES.glob(f"*/{FOLDER}") if site_folder(path.parent)), ids=str
)
def test_a_sites_own_check_has_been_seen_to_pass_and_to_fail(folder: Path) -> None:
    seen = {(scenario.check_id, scenario.verdict) for scenario in scenarios() if scenario.site == folder}
    assert {(check_id, verdict) for check_id in read_checks(folder) for verdict in (PASS, FAIL)} <= seen
