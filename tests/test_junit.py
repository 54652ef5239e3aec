"""junit.xml is read rightly by GitLab, Jenkins, GitHub and Azure, whatever servers put into their banners."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, WAIVED, Verdict
from reports import junit as writer
from reports.gate import Gate
from reports.junit import junit
from tests.reports.made import record, report


def verdict(
    said: str, seen: str = "seen", target: str = "mx1.example.org:25", instance: str | None = None, **more: object
) -> Verdict:
    return Verdict("ports.reachable", target, "endpoint", instance, said, "high", "T.", seen, **more)  # type: ignore[arg-type]


def cases(*verdicts: Verdict) -> list[ET.Element]:
    (text,) = junit(report(*verdicts))
    return list(ET.fromstring(text.encode()).iter("testcase"))


def test_identity_is_unique_and_classname_holds_no_dot_of_a_host_name() -> None:
    found = cases(
        *(
            verdict(PASS, instance=i, target=t)
            for i in ("192.0.2.1", "2001:db8::1")
            for t in ("a.example:25", "b.example:25")
        )
    )
    assert len({(c.get("classname"), c.get("name")) for c in found}) == len(found) == 4
    # Jenkins takes classname up to its last dot as the package.
    assert {c.get("classname", "").rpartition(".")[0] for c in found} == {"a_example_25", "b_example_25"}


def test_a_suite_for_each_target() -> None:
    (text,) = junit(report(verdict(PASS), verdict(PASS, target="x")))
    root = ET.fromstring(text.encode())
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


def test_what_does_not_gate_is_skipped_and_says_why() -> None:
    """A site that lets something pass must not see a red build for it."""
    waived = verdict(WAIVED, "TLS 1.0", instance="a", excused="waived until 2026-12-31 by J. Doe: fax")
    found = {c.get("name"): c for c in cases(waived)}
    assert "waived until" in str(found["reachable [a]"].find("skipped").get("message"))  # type: ignore[union-attr]
    base = record(verdict(FAIL, instance="old"))
    done = report(
        verdict(FAIL, instance="old"), verdict(FAIL, instance="new"), baselines=(base,), gate=Gate(regressions=True)
    )
    tags = {c.get("name"): [child.tag for child in c] for c in ET.fromstring(junit(done)[0].encode()).iter("testcase")}
    assert tags == {"reachable [old]": ["skipped"], "reachable [new]": ["failure"]}


@pytest.mark.parametrize(
    ("roll_up", "names"),
    [
        ("instance", {"reachable [a]", "reachable [b]"}),
        ("check", {"reachable"}),
        ("topic", {"all"}),
        ("target", {"all"}),
    ],
)
def test_a_roll_up_keeps_every_failure(roll_up: str, names: set[str]) -> None:
    (text,) = junit(report(verdict(PASS, instance="a"), verdict(FAIL, "refused by b", instance="b")), roll_up)
    root = ET.fromstring(text.encode())
    assert {c.get("name") for c in root.iter("testcase")} == names
    assert [f.get("message") for f in root.iter("failure")] == ["refused by b"]


def test_more_cases_than_a_job_may_have_are_rolled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_CASES_IN_ALL", 5)
    (text,) = junit(report(*(verdict(FAIL, instance=str(n)) for n in range(10))))
    assert len(list(ET.fromstring(text.encode()).iter("testcase"))) == 1


def test_files_stay_below_the_limits_and_failures_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_CASES", 4)
    said = [verdict(FAIL if t == "z" else PASS, target=t, instance=str(n)) for t in ("a", "b", "z") for n in range(3)]
    files = [ET.fromstring(text.encode()) for text in junit(report(*said), "instance")]
    assert [len(list(f.iter("testcase"))) for f in files] == [3, 3, 3]
    assert [s.get("name") for s in files[0].iter("testsuite")] == ["z"]
    assert sum(1 for f in files for _ in f.iter("testcase")) == len(said)


def test_a_suite_too_large_for_one_file_is_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_CASES", 4)
    files = [
        ET.fromstring(text.encode())
        for text in junit(report(*(verdict(PASS, instance=str(n)) for n in range(10))), "instance")
    ]
    assert [len(list(f.iter("testcase"))) for f in files] == [4, 4, 2]


def test_jenkins_counts_no_run_twice_and_drops_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern with a star finds each file in the run's folder and by way of `latest`."""
    monkeypatch.setattr(writer, "MOST_CASES", 4)
    texts = junit(report(*(verdict(PASS, instance=str(n)) for n in range(10))), "instance")
    assert [len(names) for names in jenkins([*texts, *texts]).values()] == [10]


def test_long_names_stay_apart_and_below_azures_limit() -> None:
    found = cases(verdict(PASS, instance="x" * 600 + "a"), verdict(PASS, instance="x" * 600 + "b"))
    assert len({c.get("name") for c in found}) == 2
    assert all(len(c.get("name", "")) + len(c.get("classname", "")) < 512 for c in found)


def test_a_line_of_ten_megabytes_is_cut() -> None:
    (text,) = junit(report(verdict(FAIL, "x" * 10_000_000)))
    (failure,) = ET.fromstring(text.encode()).iter("failure")
    assert len(failure.get("message", "")) < 1000


# How each reader takes a file, as far as its own sources say (FACTS of the project, §6).


def gitlab(texts: list[str]) -> dict[tuple[str, str, str], str]:
    """Suite, classname and name are the identity; of duplicates the first is used."""
    found: dict[tuple[str, str, str], str] = {}
    for text in texts:
        assert len(text.encode()) <= 30_000_000
        for suite in ET.fromstring(text.encode()).iter("testsuite"):
            for case in suite.iter("testcase"):
                key = (suite.get("name", ""), case.get("classname", ""), case.get("name", ""))
                found.setdefault(
                    key, next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "success")
                )
    return found


def jenkins(texts: list[str]) -> dict[str, list[str]]:
    """The package is the classname up to its last dot; a suite of the same name, id and time is taken once."""
    found: dict[str, list[str]] = {}
    seen: set[tuple[str | None, ...]] = set()
    for text in texts:
        for suite in ET.fromstring(text.encode()).iter("testsuite"):
            identity = (suite.get("name"), suite.get("id"), suite.get("timestamp"))
            if identity in seen and suite.get("timestamp"):
                continue
            seen.add(identity)
            for case in suite.iter("testcase"):
                found.setdefault(case.get("classname", "").rpartition(".")[0], []).append(case.get("name", ""))
    return found


def azure(texts: list[str]) -> int:
    """Every suite and case is named; names are at most 512 characters; counts agree with the cases."""
    number = 0
    for text in texts:
        for suite in ET.fromstring(text.encode()).iter("testsuite"):
            inside = list(suite.iter("testcase"))
            assert suite.get("name")
            assert suite.get("tests") == str(len(inside))
            assert suite.get("failures") == str(sum(c.find("failure") is not None for c in inside))
            assert all(0 < len(c.get("name", "")) <= 512 for c in inside)
            number += len(inside)
    return number


def github(texts: list[str]) -> list[str]:
    """Reporters need testsuite@name and testcase@name, and make one annotation of each failure's message."""
    lines = []
    for text in texts:
        for case in ET.fromstring(text.encode()).iter("testcase"):
            assert case.get("name")
            lines += [
                f"::error title={case.get('name')}::{f.get('message')}"
                for f in (*case.iter("failure"), *case.iter("error"))
            ]
    assert all("\n" not in line and len(json.dumps(line)) < 65_535 for line in lines)
    return lines


def test_each_reader_sees_every_verdict_once() -> None:
    said = [
        verdict(word, "line one\nline two <b>&amp;</b> ]]>", target=target, instance=instance)
        for target in ("mx1.example.org:25", "mx1", "example.org")
        for instance in ("192.0.2.1", "2001:db8::1")
        for word in [FAIL if instance == "192.0.2.1" else UNKNOWN]
    ]
    texts = junit(report(*said), "instance")
    assert len(gitlab(texts)) == azure(texts) == len(said)
    assert set(jenkins(texts)) == {"mx1_example_org_25", "mx1", "example_org"}
    assert len(github(texts)) == len(said)
    assert not any(re.search(r"[\x00-\x08\x0b-\x1f]", text) for text in texts)
