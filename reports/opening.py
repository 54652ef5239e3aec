"""What is known of a run before it judges: its head, what the site lets pass, and the baseline it is held against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from pathlib import Path
from typing import Any

import checks.policy
from checks.catalogue import Check
from checks.inventory import read_inventory
from checks.policy import PREFIX, keys
from checks.resolve import Fixtures, target_kind
from checks.run import INVENTORY, Run
from checks.shard import WHOLE
from checks.target import Fleet, Host, fleet
from reports.compare import comparable
from reports.excuses import Excuses, read_excuses, verify
from reports.gate import Gate
from reports.head import Head, HostEntry, Text, read_head
from reports.required import required
from reports.suite import suite
from reports.verdicts import Record, read_run

# One value for the whole inventory: they are about the run, not about a host.
RUN_WIDE = (
    "theirs_destinations", "unseen_hosts_percent", "waiver_notice_days", "debt_review_days", "keep_runs",
    "keep_transcripts_days", "capture_tries",
    "change_share_percent",
)  # fmt: skip
_SAID = {"keyword": "-k", "markexpr": "-m", "limit": "limit", "allow": "allow", "replay": "replay",
         "gate": "--gate", "fail_on": "--fail-on"}  # fmt: skip


class BadOption(ValueError):
    """An option or a site's file cannot be used; the message says which, in one line."""


@dataclass
class Opening:
    """head: without counts and texts yet. excuses: the site's. everyone: the fleet without --limit, for waivers."""

    head: Head
    excuses: Excuses
    everyone: Fleet
    baselines: tuple[Record, ...]
    gate: Gate
    fixtures: Fixtures
    judged: tuple[Host, ...]

    def verify(self, collected: Iterable[Check]) -> None:
        """Stop at a waiver that matches no check (of the suite, or collected besides) or no target of the inventory."""
        known = {**suite(), **{check.id: check for check in collected}}
        kinds = {check.id: target_kind(check.id, check.parameters, self.fixtures) for check in known.values()}
        targets: dict[str, dict[str, list[str]]] = {}
        for kind in ("host", "endpoint", "domain", "observer"):
            rows = self.everyone.targets(kind)
            targets[kind] = {t.name: [h.name for h in getattr(t, "hosts", ())] or [t.name] for t in rows}
        verify(self.excuses, kinds, targets)

    def with_texts(self, selected: Iterable[Check]) -> Head:
        """The head with the texts of the checks that were selected, and what they required."""
        judged = list(selected)
        texts = {check.id: Text.of(check) for check in judged}
        return replace(self.head, checks=texts, required=required(self.judged, judged))


def open_run(run: Run, option: Any) -> Opening:
    """What the options and the inventory's folder say of this run. Raises BadOption, BadWaiver, BadRecord,
    NotComparable."""
    everyone, groups = _everyone(run, option)
    head = Head(
        site=run.fleet.site,
        clock=run.transcript.clock.isoformat(),
        inventory=str(option.inventory or ""),
        hosts={host.name: _entry(host, groups.get(host.name, ())) for host in run.fleet.hosts},
        endpoints={e.name: tuple(host.name for host in e.hosts) for e in run.fleet.endpoints},
        domains={d.name: tuple(host.name for host in d.hosts) for d in run.fleet.domains},
        customers={d.name: d.customer for d in run.fleet.domains if d.customer},
        selection=_selection(option),
        policy=_run_wide(run.fleet),
        baseline=tuple(str(Path(path).resolve()) for path in option.baseline),
        shard="" if run.shard == WHOLE else str(run.shard),
        fleet=_fingerprint(run),
    )
    whole = replace(head, hosts={h.name: _entry(h, groups.get(h.name, ())) for h in everyone.hosts})
    folder = Path(option.replay) if not option.inventory else _folder(option.inventory)
    excuses = read_excuses(folder, whole, _today(run, option), Path(option.waivers) if option.waivers else None)
    baselines = tuple(read_run(Path(path)) for path in option.baseline)
    for baseline in baselines:
        comparable(baseline, head, anyway=option.compare_anyway)
    gate = Gate(option.fail_on, regressions=option.gate == "regressions")
    if gate.regressions and not baselines:
        raise BadOption("--gate regressions needs --baseline: regressions are told by comparing")
    return Opening(head, excuses, everyone, baselines, gate, run.fixtures, run.fleet.hosts)


def _fingerprint(run: Run) -> str:
    """Of the inventory as far as it is ours, and of the defaults under it."""
    defaults = Path(checks.policy.__file__).with_suffix(".yml").read_bytes()
    kept = {**json.loads((run.folder / INVENTORY).read_text("utf-8")), "source": ""}  # it may lie elsewhere there
    return hashlib.sha256(json.dumps(kept).encode() + defaults).hexdigest()[:16]


def _everyone(run: Run, option: Any) -> tuple[Fleet, Mapping[str, tuple[str, ...]]]:
    """The fleet without --limit, and each host's groups."""
    if option.inventory:
        inventory = read_inventory(option.inventory)
        groups = {host.name: host.groups for host in inventory.hosts}
        return (fleet(inventory, run.transcript.clock.date()) if option.limit else run.fleet), groups
    kept = read_head(Path(option.replay))
    return run.fleet, {name: host.groups for name, host in kept.hosts.items()} if kept else {}


def _entry(host: Host, groups: tuple[str, ...]) -> HostEntry:
    declared = "roles" in host.policy.chosen()
    return HostEntry(tuple(role.name for role in host.roles), groups, host.policy.state, declared)


def _run_wide(audited: Fleet) -> dict[str, Any]:
    """The choices about the run itself; hosts that disagree on one would leave open which holds."""
    found: dict[str, Any] = {}
    for key in RUN_WIDE:
        values = {host.name: getattr(host.policy, key) for host in audited.hosts}
        first = next(iter(values))
        other = next((name for name, value in values.items() if value != values[first]), None)
        if other:
            raise BadOption(f"{PREFIX}{key} differs between {first} and {other}: set it in group_vars/all, once")
        # `false` switches a check off; of a figure of the run it takes the bound away, so the default stands in.
        found[key] = keys()[key].default if values[first] is False else values[first]
    return found


def _selection(option: Any) -> dict[str, str]:
    said = {name: getattr(option, attribute, None) for attribute, name in _SAID.items()}
    said |= {name: None for name, usual in (("--gate", "all"), ("--fail-on", "low")) if said[name] == usual}
    files = [word for word in option.file_or_dir if word.rstrip("/") != "checks"]
    return {
        **{name: str(value) for name, value in said.items() if value},
        **({"files": " ".join(files)} if files else {}),
    }


def _folder(inventory: str) -> Path:
    """Where the site's files lie: the inventory's folder."""
    path = Path(inventory).expanduser()
    return path if path.is_dir() else path.parent


def _today(run: Run, option: Any) -> date:
    if not option.as_of:
        return run.transcript.clock.astimezone(UTC).date()
    try:
        return date.fromisoformat(option.as_of)
    except ValueError as error:
        raise BadOption(f"--as-of {option.as_of}: no date; write it as 2026-12-31") from error
