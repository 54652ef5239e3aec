"""run.json, the head of a run's record: which suite looked at whom, when and why; and the texts of its checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from checks.catalogue import Check
from checks.verdict import SCHEMA, SUITE, Verdict

HEAD = "run.json"


@dataclass(frozen=True)
class Text:
    """What a check says of itself: see checks.catalogue.Check."""

    title: str
    severity: str
    authority: str
    why: str
    fix: str

    @staticmethod
    def of(check: Check) -> Text:
        return Text(check.title, check.severity, check.authority, check.why, check.fix)


@dataclass(frozen=True)
class HostEntry:
    """A host of the audited fleet. state: mailassay_state as the inventory has it (see checks.state).

    declared: the inventory says which roles it has, be they none.
    """

    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    state: str = "live"
    declared: bool = True


@dataclass(frozen=True)
class Head:
    """clock: ISO time of the evidence. endpoints, domains: their hosts. selection: the options that narrowed the run.

    checks: texts by id, of those that were selected. policy: the site's run-wide choices, by key of policy.yml.
    counts: verdicts by word, and root causes by severity, for trends. remarks: what was said of waivers and debt.
    required: what was asked of which hosts, and by whom (see reports.required). baseline: the runs it was compared
    with. captures: earlier looks at the same state, which did not agree with it. shard: the share of the fleet that
    was judged (2/4), empty for all of it; fleet: a number that is equal for parts of one fleet under one policy.
    customers: of domains whose DNS is not ours, whose it is.
    """

    site: str
    clock: str
    inventory: str = ""
    hosts: Mapping[str, HostEntry] = field(default_factory=dict)
    endpoints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    domains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    selection: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Text] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    required: tuple[Mapping[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()
    baseline: tuple[str, ...] = ()
    captures: tuple[str, ...] = ()
    shard: str = ""
    fleet: str = ""
    exit: int | None = None
    schema: int = SCHEMA
    suite: str = SUITE

    def customer(self, verdict: Verdict) -> str:
        """The customer whose DNS it is about, and who has to mend it; empty if that is us."""
        return self.customers.get(verdict.target, "") if verdict.kind == "domain" else ""

    @property
    def targets(self) -> frozenset[str]:
        """Every name that a waiver's scope may be."""
        return frozenset((*self.hosts, *self.endpoints, *self.domains))

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=str) + "\n"


def read_head(folder: Path) -> Head | None:
    """The head of the run in this folder; None where it has none. Raises ValueError for one that is torn."""
    try:
        fields = json.loads((folder / HEAD).read_text("utf-8"))
    except FileNotFoundError:
        return None
    try:
        fields["hosts"] = {name: _host(row) for name, row in fields["hosts"].items()}
        fields["checks"] = {name: Text(**row) for name, row in fields["checks"].items()}
        for key in ("endpoints", "domains"):
            fields[key] = {name: tuple(hosts) for name, hosts in fields[key].items()}
        for key in ("required", "remarks", "baseline", "captures"):
            fields[key] = tuple(fields.get(key, ()))
        return Head(**fields)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{HEAD} is not of this version: {error}") from error


def _host(row: Mapping[str, Any]) -> HostEntry:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return HostEntry(**fields)


def guessed(site: str, verdicts: Iterable[Verdict]) -> Head:
    """A head from the verdicts alone, for results.jsonl files that were sent without their run.json."""
    suite = SUITE
    hosts: dict[str, HostEntry] = {}
    behind: dict[str, dict[str, tuple[str, ...]]] = {"endpoint": {}, "domain": {}}
    checks: dict[str, Text] = {}
    for verdict in verdicts:
        hosts |= dict.fromkeys(verdict.hosts, HostEntry())
        behind.get(verdict.kind, {})[verdict.target] = verdict.hosts
        checks.setdefault(verdict.check, Text(verdict.title, verdict.severity, "", "", ""))
        suite = verdict.suite
    return Head(site, "", "", hosts, behind["endpoint"], behind["domain"], checks=checks, suite=suite)
