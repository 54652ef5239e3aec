"""junit.xml is read rightly by GitLab, Jenkins, GitHub and Azure, whatever servers put into their banners."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from checks.pages import catalogue
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, Verdict
from reports.diagnosis import diagnose
from reports.junit import junit


def verdict(said: str, seen: str = "seen", target: str = "mx1.example.org:25", instance: str | None = None, **more: object) -> Verdict:
    return Verdict("ports.reachable", target, "endpoint", instance, said, "high", "T.", seen, **more)  # type: ignore[arg-type]


def cases(*verdicts: Verdict) -> list[ET.Element]:
    return list(ET.fromstring(junit(diagnose(verdicts), catalogue()).encode()).iter("testcase"))


def test_identity_is_unique_and_classname_holds_no_dot_of_a_host_name() -> None:
    found = cases(*(verdict(PASS, instance=i, target=t) for i in ("192.0.2.1", "2001:db8::1") for t in ("a.example:25", "b.example:25")))
    assert len({(c.get("classname"), c.get("name")) for c in found}) == len(found) == 4
    # Jenkins takes classname up to its last dot as the package.
    assert {c.get("classname", "").rpartition(".")[0] for c in found} == {"a_example_25", "b_example_25"}


def test_a_suite_for_each_target() -> None:
    root = ET.fromstring(junit(diagnose([verdict(PASS), verdict(PASS, target="x")]), catalogue()).encode())
    assert {s.get("name") for s in root.iter("testsuite")} == {"mx1.example.org:25", "x"}


def test_the_body_alone_tells_what_is_wrong_why_and_what_to_type() -> None:
    (case,) = cases(verdict(FAIL, "port 25 from outside: refused", command="nc 192.0.2.1 25", evidence=("refused",)))
    (failure,) = case.iter("failure")
    assert failure.get("message") == "port 25 from outside: refused"
    body = failure.text or ""
    assert all(word in body for word in ("required:", "seen:", "why:", "fix:", "see it by hand: nc", "evidence:"))


def test_a_failure_without_a_message_is_still_a_failure() -> None:
    (case,) = cases(verdict(FAIL, ""))
    assert [f.get("message") for f in case.iter("failure")] == ["T."]


def test_consequences_are_skipped_and_say_whose() -> None:
    below = Verdict("ports.listening", "mx1", "host", "25", FAIL, "critical", "T.", "nothing listens")
    above = verdict(FAIL, rests_on=("ports.listening@mx1[25]",))
    outcome = {c.get("name"): [child.tag for child in c] for c in cases(below, above)}
    assert outcome == {"listening [25]": ["failure"], "reachable": ["skipped"]}


def test_unknown_is_an_error_and_skip_is_skipped() -> None:
    tags = [[child.tag for child in c] for c in cases(verdict(UNKNOWN, instance="a"), verdict(SKIP, instance="b"))]
    assert tags == [["error"], ["skipped"]]


@given(st.text(max_size=100))
def test_no_banner_breaks_the_xml(seen: str) -> None:
    (case,) = cases(verdict(FAIL, seen, evidence=(seen, "\x1b[2J<script>]]>\x00")))
    assert len(list(case.iter("failure"))) == 1
