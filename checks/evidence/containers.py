"""Daemons of mail that run inside a container on the host, as their control groups tell (cgroups(7))."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# How container engines name the control group of a container, outermost first.
_GROUPS = (
    ("Podman", re.compile(r"/libpod-([0-9a-f]{8,64})")),
    ("Docker", re.compile(r"/docker[-/]([0-9a-f]{8,64})")),
    ("Kubernetes", re.compile(r"/kubepods.*[-/]([0-9a-f]{8,64})(?:\.scope)?$")),
    ("containerd", re.compile(r"/(?:cri-containerd|crio|containerd)[-/]([0-9a-f]{8,64})")),
    ("LXC", re.compile(r"/lxc(?:\.payload[./]|/)([\w.-]+?)(?:/|$)")),
    ("machinectl", re.compile(r"/machine-([\w.-]+?)\.scope")),
)


@dataclass(frozen=True)
class Contained:
    """A daemon in a container. process: its name; engine: in words; id: of the container, shortened as engines do."""

    process: str
    engine: str
    id: str

    def __str__(self) -> str:
        return f"{self.process} in a {self.engine} container ({self.id})"


def script(processes: Iterable[str]) -> str:
    """The command that prints name and control groups of every process that has one of these names."""
    names = "|".join(processes)
    return (
        "for p in /proc/[0-9]*; do read -r n < $p/comm || continue; case $n in "
        f'{names}) while read -r g; do echo "$n $g"; done < $p/cgroup;; esac; done 2>/dev/null; true'
    )


def contained(text: str) -> tuple[Contained, ...]:
    """Those of them that run in a container, each once."""
    found: dict[Contained, None] = {}
    for line in text.splitlines():
        process, _, group = line.partition(" ")
        for engine, pattern in _GROUPS:
            if match := pattern.search(group):
                found[Contained(process, engine, match[1][:12])] = None
                break
    return tuple(found)
