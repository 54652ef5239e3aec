"""Whether this machine lets us open as many files as the audit of a fleet needs; told before anybody is contacted."""

from __future__ import annotations

import resource

from checks.evidence.places import LENT
from checks.target import Fleet

# An ssh client is three pipes and a handle of ours; a probe is a socket, or as much where it goes through an observer.
_A_HOST, _A_PROBE, _OUR_OWN = 4, 4, 100


class NoRoom(ValueError):
    """This machine allows too few open files; the message says how many are needed, and what to do."""


def needed(fleet: Fleet) -> int:
    """Open files, at most."""
    costs = [host.policy for host in fleet.hosts]
    at_once = min((cost.hosts_at_once for cost in costs), default=1)
    probes = min((cost.probes_at_once for cost in costs), default=1)
    targets = len(fleet.endpoints) + len(fleet.domains)
    return _A_HOST * min(len(fleet.hosts), (1 + LENT) * at_once) + _A_PROBE * min(20 * targets, probes) + _OUR_OWN


def make_room(fleet: Fleet) -> None:
    """Raise our own limit as far as we may. Raises NoRoom."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = needed(fleet)
    if hard != resource.RLIM_INFINITY and hard < files:
        raise NoRoom(
            f"this audit needs {files} open files, and this machine allows {hard}: raise it (`ulimit -n {files}`), "
            "or lower mailassay_hosts_at_once and mailassay_probes_at_once"
        )
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
