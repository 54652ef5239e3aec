"""What was required, and by whom: keys of the policy that the selected checks rest on, or that somebody set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from checks.catalogue import Check
from checks.policy import keys
from checks.target import Host

# What a host is, and how it is looked at, is no requirement.
_NONE = frozenset({
    "roles", "domains", "hostname", "ports", "endpoints", "egress", "smarthost", "observer", "become", "state",
    "profile", "active", "ca_file", "hosts_at_once",
})  # fmt: skip


def required(hosts: Sequence[Host], checks: Iterable[Check]) -> tuple[dict[str, Any], ...]:
    """Rows of key, value, by and hosts (none: all of them alike), in the order of policy.yml."""
    cited = {key for check in checks for key in check.policies}
    rows: list[dict[str, Any]] = []
    for name in keys():
        groups: dict[tuple[str, str], list[str]] = {}
        for host in hosts:
            groups.setdefault((_shown(getattr(host.policy, name)), host.policy.by(name)), []).append(host.name)
        usual = all(by == keys()[name].authority for _, by in groups)
        if name in _NONE or (usual and name not in cited):
            continue
        for (value, by), named in groups.items():
            rows.append({"key": name, "value": value, "by": by, "hosts": named if len(groups) > 1 else []})
    return tuple(rows)


def _shown(value: object) -> str:
    if value is False:
        return "not asked for"
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
