"""report.sarif (SARIF 2.1.0), for code-scanning views: root causes and what could not be looked at.

GitHub wants a file for each result; ours is the inventory, since that is what a pull request changes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks.verdict import FAIL, UNKNOWN, WAIVED, Verdict
from reports.body import body, line
from reports.compare import Change
from reports.harmless import harmless
from reports.head import Text
from reports.report import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# GitHub refuses a run of more than 25,000 results.
MOST_RESULTS = 20_000
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# GitHub sorts by this figure (9 and above: critical, 7: high, 4: medium).
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.0", "low": "2.0"}
_STATES = {Change.NEW_FAILURE: "new", Change.NEW_UNKNOWN: "new"}


def sarif(report: Report) -> str:
    """The file."""
    roots = [v for v in report.diagnosis.verdicts if v.verdict in (FAIL, WAIVED, UNKNOWN) and not v.because]
    rules = sorted({verdict.check for verdict in roots})
    uri = _inventory(report.head.inventory)
    results = [_result(verdict, rules.index(verdict.check), uri, report) for verdict in roots[:MOST_RESULTS]]
    run = {
        "tool": {"driver": {"name": "mailassay", "version": report.head.suite,
                            "rules": [_rule(check, roots, report) for check in rules]}},
        "invocations": [{"executionSuccessful": True, "exitCode": report.exit.value,
                         "toolExecutionNotifications": _left_out(len(roots) - len(results))}],
        "results": results,
    }  # fmt: skip
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _left_out(number: int) -> list[dict[str, Any]]:
    if number <= 0:
        return []
    return [{"level": "warning", "message": {"text": f"{number} more results are in results.jsonl"}}]


def _inventory(path: str) -> str:
    """The inventory relative to where we are, as code scanning names files; else its bare name."""
    name = Path(path or "inventory").expanduser()
    try:
        name = name.resolve().relative_to(Path.cwd())
    except ValueError:
        name = Path(name.name)
    return quote(name.as_posix())


def _rule(check: str, roots: Sequence[Verdict], report: Report) -> dict[str, Any]:
    first = next(verdict for verdict in roots if verdict.check == check)
    text = report.head.checks.get(check) or Text(first.title, first.severity, "", "", "")
    described = harmless(f"{text.title} {text.why}".strip())
    return {
        "id": check,
        "shortDescription": {"text": harmless(text.title)},
        "fullDescription": {"text": described},
        "help": {"text": _lines(f"Fix: {text.fix}\n\nWhy: {text.why}\n\nAuthority: {text.authority}")},
        "defaultConfiguration": {"level": _LEVELS[text.severity]},
        "properties": {"tags": ["mail", check.partition(".")[0]], "security-severity": _SCORES[text.severity]},
    }


def _lines(text: str) -> str:
    return "\n".join(harmless(each) for each in text.split("\n"))


def _result(verdict: Verdict, index: int, uri: str, report: Report) -> dict[str, Any]:
    failed = verdict.verdict != UNKNOWN
    place = harmless(verdict.reference.partition("@")[2])
    found: dict[str, Any] = {
        "ruleId": verdict.check,
        "ruleIndex": index,
        "kind": "fail" if failed else "open",
        "level": _LEVELS[verdict.severity] if failed else "none",
        "message": {"text": f"{place}: {line(verdict)}\n\n" + "\n".join(body(verdict, report))},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}},
            "logicalLocations": [{"name": harmless(verdict.target), "fullyQualifiedName": place, "kind": "resource"}],
        }],
        "partialFingerprints": {"mailassay/v1": sha256(verdict.reference.encode("utf-8", "replace")).hexdigest()},
    }  # fmt: skip
    if verdict.verdict == WAIVED or verdict.reference in report.let_pass:
        reason = verdict.excused or report.let_pass.get(verdict.reference, "")
        found["suppressions"] = [{"kind": "external", "justification": harmless(reason)}]
    change = report.changes.by_reference.get(verdict.reference) if report.changes else None
    if change:
        found["baselineState"] = _STATES.get(change.change, "unchanged")
    return found
