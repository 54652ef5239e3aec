"""Writes checks/README.md, the list of every check: .venv/bin/python -m checks.pages. A test fails when it is stale."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import checks
from checks import role_table
from checks.catalogue import SEVERITIES, Check, check, checks_of

PAGE = Path(__file__).with_name("README.md")
RECORDINGS = PAGE.parents[1] / "tests/transcripts"
_FAMILY = re.compile(r'^    ID_LIKE="?[^"\n]*\b(?:rhel|fedora)\b', re.MULTILINE)
_STANDARD = re.compile(r"RFC (\d+) §([\w.]+)")


@cache
def catalogue() -> Mapping[str, Check]:
    """Every check of the suite, by id."""
    found = {}
    for info in pkgutil.iter_modules(checks.__path__):
        if info.name.startswith("check_"):
            for module, function in checks_of(importlib.import_module(f"checks.{info.name}")):
                made = check(function, module)
                found[made.id] = made
    return found


def page(catalogue: Mapping[str, Check]) -> str:
    """The page: checks by topic, then roles, then coverage by standard, then what is known of the RHEL family."""
    lines = ["# Every check", "", "Made by `python -m checks.pages` from the checks themselves.", ""]
    lines += [f"- **{name}**: {meaning}" for name, meaning in SEVERITIES.items()]
    topics = dict.fromkeys(made.topic for made in catalogue.values())
    for topic in topics:
        doc = importlib.import_module(f"checks.check_{topic}").__doc__ or ""
        lines += ["", f"## {topic}", "", doc.splitlines()[0], ""]
        lines += ["| check | severity | required | authority |", "| --- | --- | --- | --- |"]
        for made in catalogue.values():
            if made.topic == topic:
                consent = f" ({', '.join(sorted(made.consents))})" if made.consents else ""
                lines.append(f"| {made.id} | {made.severity}{consent} | {made.title} | {_sources(made)} |")
    return (
        "\n".join([*lines, "", *role_table.lines(catalogue), "", *_coverage(catalogue), "", *_red_hat(catalogue)])
        + "\n"
    )


def _sources(made: Check) -> str:
    standards = [f"RFC {m[0]} §{m[1]}" for m in _STANDARD.findall(made.authority)]
    return ", ".join(dict.fromkeys([*standards, *(f"policy {key}" for key in made.policies)]))


def _coverage(catalogue: Mapping[str, Check]) -> list[str]:
    by_standard: dict[int, list[str]] = {}
    for made in catalogue.values():
        for number, _ in _STANDARD.findall(made.authority):
            by_standard.setdefault(int(number), []).append(made.id)
    lines = ["## Coverage by standard", "", "| standard | checks |", "| --- | --- |"]
    return lines + [f"| RFC {n} | {', '.join(dict.fromkeys(ids))} |" for n, ids in sorted(by_standard.items())]


def _red_hat(catalogue: Mapping[str, Check]) -> list[str]:
    """The checks of which a recording of the RHEL family's commands passes, and one fails."""
    known = {(file.parent.name, file.name.split(".")[-2]) for file in RECORDINGS.glob("*/*.txt") if _of_red_hat(file)}
    recorded = [made.id for made in catalogue.values() if {(made.id, "pass"), (made.id, "fail")} <= known]
    return [
        "## On the RHEL family",
        "",
        "No check was tried on a host of RHEL, its rebuilds, CentOS or Fedora: its verdicts are marked unverified.",
        "",
        "| checks | made from |",
        "| --- | --- |",
        f"| {', '.join(recorded)} | recordings of rpm and dnf 4 on packages made for them (tests/transcripts) |",
        "| all others | documentation: paths and units of the family; what differs in more than these is `unknown` |",
    ]


def _of_red_hat(recording: Path) -> bool:
    return bool(_FAMILY.search(recording.read_text("utf-8", "replace")))


if __name__ == "__main__":
    PAGE.write_text(page(catalogue()), "utf-8")
