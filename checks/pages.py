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
    """The page: checks by topic, then roles, then coverage by standard."""
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
    return "\n".join([*lines, "", *role_table.lines(catalogue), "", *_coverage(catalogue)]) + "\n"


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


if __name__ == "__main__":
    PAGE.write_text(page(catalogue()), "utf-8")
