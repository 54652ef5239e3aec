"""What apt would upgrade, from a simulation, which changes and locks nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

# All that waits: also what needs a new package beside it (kernels), and what is on hold.
SIMULATION = "apt-get -s -o Debug::NoLocking=1 --ignore-hold dist-upgrade"
# "PROXY" for a proxy that apt fetches by and whose name this host cannot resolve (apt.conf(5), Acquire::http::Proxy).
LOST_PROXY = (
    "apt-config dump | sed -nE 's/^Acquire::https?::Proxy \"(.*)\";$/\\1/p' | sort -u | head -n 4 | "
    "while read -r p; do h=${p#*://}; h=${h#*@}; h=${h%%/*}; h=${h%:*}; case $h in ''|DIRECT|'['*) continue;; esac; "
    'getent ahosts "$h" >/dev/null || echo "$h"; done'
)
_INST = re.compile(r"^Inst (\S+)(?: \[([^\]]*)\])? \((\S+) ([^)]*)\)")


@dataclass(frozen=True)
class Upgrade:
    """One package that waits. origin: the archives that offer it, as apt names them."""

    package: str
    installed: str
    candidate: str
    origin: str

    def __str__(self) -> str:
        return " → ".join(filter(None, (f"{self.package} {self.installed}".strip(), self.candidate)))

    @property
    def security(self) -> bool:
        """Offered by a security archive (Debian: Debian-Security; Ubuntu: -security)."""
        return "security" in self.origin.lower()


def upgrades(simulation: str) -> tuple[Upgrade, ...]:
    """The upgrades that SIMULATION names."""
    matches = (_INST.match(line) for line in simulation.splitlines())
    return tuple(Upgrade(m[1], m[2] or "", m[3], m[4]) for m in matches if m)
