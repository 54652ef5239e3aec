"""Whom a cause hurts: roles (and how much of each is still healthy), public endpoints, mail domains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checks.verdict import Verdict
from reports.diagnosis import Diagnosis
from reports.head import Head

_HARMFUL = frozenset({"critical", "high"})


@dataclass(frozen=True)
class Health:
    """By role of the fleet: all its hosts, and those that no critical or high cause touches."""

    of: Mapping[str, frozenset[str]]
    healthy: Mapping[str, frozenset[str]]

    def phrase(self, role: str) -> str:
        of, healthy = len(self.of[role]), len(self.healthy[role])
        return f"role {role}: {healthy} of {of} {'host' if of == 1 else 'hosts'} healthy"


def health(diagnosis: Diagnosis, head: Head) -> Health:
    """The roles of the fleet as this diagnosis leaves them."""
    sick = {
        host
        for verdict in (*diagnosis.causes, *diagnosis.unseen)
        if verdict.severity in _HARMFUL and verdict.kind in ("host", "endpoint")
        for host in verdict.hosts
    }
    of: dict[str, set[str]] = {}
    for name, host in head.hosts.items():
        for role in host.roles:
            of.setdefault(role, set()).add(name)
    healthy = {role: frozenset(hosts - sick) for role, hosts in of.items()}
    return Health({role: frozenset(hosts) for role, hosts in of.items()}, healthy)


def affected(cause: Verdict, explained: Sequence[Verdict], head: Head, roles: Health) -> tuple[str, ...]:
    """Phrases, one each: roles first, then endpoints, then domains; from what was seen to fail, never from a guess."""
    failing = (cause, *explained)
    hosts = cause.hosts if cause.kind in ("host", "endpoint") else ()
    mine = sorted({role for host in hosts if host in head.hosts for role in head.hosts[host].roles})
    endpoints = _targets(failing, "endpoint")
    domains = sorted({*_targets(failing, "domain"), *_served(endpoints, head)})
    shown = mine if cause.severity in _HARMFUL else []
    return (
        *(roles.phrase(role) for role in shown),
        *(f"endpoint {name}" for name in endpoints),
        *(f"domain {name}" for name in domains),
    )


def _targets(verdicts: Iterable[Verdict], kind: str) -> list[str]:
    return sorted({verdict.target for verdict in verdicts if verdict.kind == kind})


def _served(endpoints: Iterable[str], head: Head) -> set[str]:
    """The domains whose hosts stand behind these endpoints."""
    behind = {host for name in endpoints for host in head.endpoints.get(name, ())}
    return {name for name, hosts in head.domains.items() if behind.intersection(hosts)}
