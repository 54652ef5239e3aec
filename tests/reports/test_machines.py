"""Reports that machines read (CSV, Prometheus, SARIF, Nagios) are read rightly by those machines' own rules."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from checks.verdict import WAIVED
from reports.gate import Gate
from reports.nagios import State, nagios
from reports.prometheus import prometheus
from reports.report import Report
from reports.sarif import sarif
from reports.table import COLUMNS, table
from tests.reports.made import FAIL, PASS, UNKNOWN, record, report, verdict

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def several() -> Report:
    return report(
        verdict("a.b@mx1[25]", seen='said "no", and left', severity="critical"),
        verdict("a.c@mx1", rests_on=("a.b@mx1[25]",)), verdict("b.b@mx2", UNKNOWN, "timed out"),
        verdict("c.c@mx2", WAIVED, excused="waived until 2026-12-31 by J. Doe: fax"), verdict("d.d@mx2", PASS, ""),
    )  # fmt: skip


def test_the_table_has_a_row_for_every_verdict() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(table(several())))))
    assert [row["verdict"] for row in rows] == ["fail", "fail", "unknown", "waived", "pass"]
    assert [row["root"] for row in rows] == ["yes", "", "yes", "", ""]
    assert rows[0]["seen"] == 'said "no", and left'
    assert rows[1]["because"] == "a.b@mx1[25]"


@given(st.text(max_size=60))
def test_no_text_breaks_a_row_or_is_a_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO("".join(table(report(verdict("a.b@mx1", seen=text, command=text)))))))
    assert [len(row) for row in rows] == [len(COLUMNS)] * 2
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in rows[1])


def samples(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sample.labels.items() if key != "site")
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_prometheus_reads_causes_by_severity_and_each_cause() -> None:
    found = samples(prometheus(several()))
    assert found["mailassay_causes{severity=critical}"] == 1
    assert found["mailassay_causes{severity=low}"] == 0
    assert found["mailassay_unseen{}"] == 1
    assert found["mailassay_verdicts{verdict=fail}"] == 2
    assert found["mailassay_host_causes{host=mx2}"] == 0
    when = datetime(2026, 11, 23, 2, tzinfo=UTC).timestamp()
    assert found["mailassay_run_timestamp_seconds{}"] == when
    assert found["mailassay_cause{check=a.b,target=mx1,part=25,severity=critical}"] == when


@given(st.text(min_size=1, max_size=40))
def test_no_name_breaks_the_metrics(text: str) -> None:
    found = samples(
        prometheus(report(verdict("a.b@mx1").__class__("a.b", text, "domain", text, FAIL, "high", "T.", "s")))
    )
    assert sum(name.startswith("mailassay_cause{") for name in found) == 1


def results(done: Report) -> list[dict[str, object]]:
    text = sarif(done)
    Sarif.model_validate(json.loads(text))
    found: list[dict[str, object]] = json.loads(text)["runs"][0]["results"]
    return found


def test_sarif_follows_its_schema_and_holds_roots_only() -> None:
    found = results(several())
    assert [(r["ruleId"], r["kind"], r["level"]) for r in found] == [
        ("a.b", "fail", "error"), ("b.b", "open", "none"), ("c.c", "fail", "error")
    ]  # fmt: skip
    assert "suppressions" in found[2]
    rules = json.loads(sarif(several()))["runs"][0]["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in found] == [r["ruleId"] for r in found]
    assert rules[0]["help"]["text"].startswith("Fix: `postconf")


def test_sarif_tells_what_is_new_since_the_baseline_and_names_it_alike_the_next_day() -> None:
    base = record(verdict("a.old@mx1"), verdict("a.new@mx1", PASS))
    found = results(report(verdict("a.old@mx1"), verdict("a.new@mx1", seen="other words"), baselines=(base,)))
    assert {r["ruleId"]: r["baselineState"] for r in found} == {"a.old": "unchanged", "a.new": "new"}
    prints = {r["ruleId"]: r["partialFingerprints"] for r in found}
    assert (
        prints["a.new"]
        == {r["ruleId"]: r["partialFingerprints"] for r in results(report(verdict("a.new@mx1")))}["a.new"]
    )


@given(st.text(max_size=60))
def test_no_text_breaks_sarif(text: str) -> None:
    (found,) = results(report(verdict("a.b@mx1", seen=text, evidence=(text,))))
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", str(found["message"]["text"]))  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "severity", "state"),
    [(FAIL, "critical", State.CRITICAL), (FAIL, "high", State.CRITICAL), (FAIL, "low", State.WARNING),
     (UNKNOWN, "high", State.UNKNOWN), (PASS, "high", State.OK)],
)  # fmt: skip
def test_nagios_gets_its_state_and_one_line_with_figures(said: str, severity: str, state: State) -> None:
    got, line = nagios(report(verdict("a.b@mx1", said, "a | b\n\x1b[2J", severity=severity)), NOW, 26)
    assert got is state
    assert line.startswith(f"MAIL {state.name} - ")
    assert line.count("|") == 1
    assert line.isprintable()
    assert re.search(r"\| causes=\d+;;;0( \w+=\d+;;;0)+$", line)


def test_nagios_distrusts_an_old_run() -> None:
    state, line = nagios(report(verdict("a.b@mx1", PASS)), NOW + timedelta(days=3), 26)
    assert (state, "73 hours old" in line) == (State.UNKNOWN, True)


def test_nagios_passes_over_what_does_not_gate() -> None:
    state, _ = nagios(report(verdict("a.b@mx1", severity="low"), gate=Gate("high")), NOW, 26)
    assert state is State.OK
