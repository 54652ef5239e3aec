"""Work that had to wait for processor, disk or memory: the kernel's pressure stall information (Linux 4.20)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The first line of each file of /proc/pressure; kernels without it have no such folder.
COMMAND = "for f in cpu io memory; do test -r /proc/pressure/$f && echo $f $(head -n 1 /proc/pressure/$f); done; true"
_LINE = re.compile(r"(cpu|io|memory) some avg10=[\d.]+ avg60=[\d.]+ avg300=(\d{1,3}(?:\.\d+)?)\b")


@dataclass(frozen=True)
class Pressure:
    """resource: cpu, io or memory. percent: of the last five minutes in which some process waited for it."""

    resource: str
    percent: float


def pressures(text: str) -> tuple[Pressure, ...]:
    """What the command told; lines of another shape are passed over."""
    matches = (_LINE.match(line) for line in text.splitlines())
    return tuple(Pressure(match[1], float(match[2])) for match in matches if match)
