"""What failed with all its prerequisites satisfied is a root cause; the rest is explained by it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports.diagnosis import diagnose


def verdict(name: str, said: str, *rests_on: str, instance: str | None = None) -> Verdict:
    check, _, target = name.partition("@")
    return Verdict(check, target, "host", instance, said, "high", "T", "seen", rests_on=rests_on)


def because(*verdicts: Verdict) -> dict[str, tuple[str, ...]]:
    return {v.reference: v.because for v in diagnose(verdicts).verdicts}


def test_a_failure_below_explains_the_failure_above() -> None:
    said = because(verdict("a.x@h", FAIL, "b.y@h"), verdict("b.y@h", FAIL))
    assert said == {"a.x@h": ("b.y@h",), "b.y@h": ()}


def test_a_passing_prerequisite_leaves_the_failure_a_cause() -> None:
    assert because(verdict("a.x@h", FAIL, "b.y@h"), verdict("b.y@h", PASS))["a.x@h"] == ()


def test_a_waived_cause_still_hides() -> None:
    assert because(verdict("a.x@h", FAIL, "b.y@h"), verdict("b.y@h", WAIVED))["a.x@h"] == ("b.y@h",)


def test_an_unseen_prerequisite_hides_a_failure_only_if_none_was_seen_to_be_good() -> None:
    blind = verdict("c.z@h", UNKNOWN)
    assert because(verdict("a.x@h", FAIL, "c.z@h"), blind)["a.x@h"] == ("c.z@h",)
    assert because(verdict("a.x@h", FAIL, "c.z@h", "b.y@h"), blind, verdict("b.y@h", PASS))["a.x@h"] == ()


def test_what_an_unfit_observer_saw_is_unknown_whether_it_looked_good_or_bad() -> None:
    unfit = replace(verdict("observer.resolves@o", UNKNOWN), kind="observer")
    for said in (PASS, FAIL):
        seen = diagnose([verdict("a.x@h", said, "observer.resolves@o", "b.y@h"), unfit, verdict("b.y@h", PASS)])
        assert (seen.by_reference["a.x@h"].verdict, seen.by_reference["a.x@h"].because) == (UNKNOWN, (unfit.reference,))


def test_unknowns_are_explained_by_what_blinded_them() -> None:
    said = because(verdict("hosts.reached@h", UNKNOWN, "hosts.reached@h"), verdict("a.x@h", UNKNOWN, "hosts.reached@h"))
    assert said == {"hosts.reached@h": (), "a.x@h": ("hosts.reached@h",)}


def test_a_reference_without_instance_means_every_instance() -> None:
    broken = verdict("b.y@h", FAIL, instance="587")
    assert because(verdict("a.x@h", FAIL, "b.y@h"), broken)["a.x@h"] == ("b.y@h[587]",)
    assert because(verdict("a.x@h", FAIL, "b.y@h[25]"), broken)["a.x@h"] == ()


def test_a_circle_has_one_cause() -> None:
    diagnosis = diagnose([verdict("a.x@h", FAIL, "b.y@h"), verdict("b.y@h", FAIL, "a.x@h")])
    assert [v.reference for v in diagnosis.causes] == ["a.x@h"]


def test_a_cause_counts_what_it_hides_to_the_end_of_the_chain() -> None:
    chain = [verdict("a.x@h", FAIL, "b.y@h"), verdict("b.y@h", FAIL, "c.z@h"), verdict("c.z@h", FAIL)]
    assert set(diagnose(chain).hidden["c.z@h"]) == {"a.x@h", "b.y@h"}


def test_what_was_deselected_explains_nothing() -> None:
    assert because(verdict("a.x@h", FAIL, "b.y@h"))["a.x@h"] == ()


NAMES = [f"{letter}.x@h" for letter in "abcdef"]
VERDICTS = st.builds(
    verdict, st.sampled_from(NAMES), st.sampled_from([PASS, FAIL, SKIP, UNKNOWN, WAIVED]), st.sampled_from(NAMES)
)


@given(st.lists(VERDICTS, max_size=8, unique_by=lambda v: v.reference))
def test_whatever_fails_leads_to_a_cause(verdicts: list[Verdict]) -> None:
    diagnosis = diagnose(verdicts)
    roots = {v.reference for v in diagnosis.verdicts if not v.because}
    explained = {ref for cause, refs in diagnosis.hidden.items() if cause in roots for ref in refs}
    assert {v.reference for v in diagnosis.consequences} <= explained
