"""Fleets as large as wanted, made of the lab's hosts: what an audit saw of each, under so many names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question
from checks.run import INVENTORY, TRANSCRIPTS

# Healthy hosts of the lab, Debian 12 and 13, and what each does for mail.
_HEALTHY = ("mx1", "mx2", "submit1", "box1", "relay1", "relay2", "ns1")
# One host in fifty is neglected: it fails in dozens of ways, so that reports have something to tell.
_NEGLECTED, _ONE_IN = "neglected1", 50
# What every host of a fleet has: it is looked at from inside alone. Its name is that of its pattern, as is its mail.
INSIDE: Mapping[str, Any] = {"mailassay_endpoints": [{"name": "none.invalid", "ports": []}]}
_LEFT_OUT = frozenset({"mailassay_observer", "mailassay_domains"})


@dataclass(frozen=True)
class Pattern:
    """One host of the lab. answers: all that was asked of it; variables: what the inventory says of it."""

    name: str
    clock: datetime
    answers: Mapping[Question, Answer]
    variables: Mapping[str, Any]

    def transcript(self, name: str) -> str:
        """The transcript of a host of that name which is like this one."""
        answers = {Question(name, q.kind, q.text): a for q, a in self.answers.items()}
        return notation.render(self.clock, answers)


def patterns(run: Path) -> list[Pattern]:
    """The hosts of the lab that fleets are made of, in the order in which they take turns."""
    inventory = json.loads((run / INVENTORY).read_text("utf-8"))
    known = {name: _pattern(run, name, inventory["hosts"][name]) for name in (*_HEALTHY, _NEGLECTED)}
    turns = [known[_HEALTHY[number % len(_HEALTHY)]] for number in range(_ONE_IN - 1)]
    return [*turns, known[_NEGLECTED]]


def _pattern(run: Path, name: str, variables: Mapping[str, Any]) -> Pattern:
    header, answers = notation.parse((run / TRANSCRIPTS / f"{name}.txt").read_text("utf-8"))
    own = {key: value for key, value in variables.items() if key not in _LEFT_OUT}
    return Pattern(name, header.clock, answers, {**own, **INSIDE})


def replay(run: Path, folder: Path, hosts: int) -> Path:
    """Write the run of such a fleet as far as gathering had come: to be judged by --replay."""
    turns = patterns(run)
    (folder / TRANSCRIPTS).mkdir(parents=True)
    named = {f"h{number:05}": turns[number % len(turns)] for number in range(hosts)}
    for name, pattern in named.items():
        (folder / TRANSCRIPTS / f"{name}.txt").write_text(pattern.transcript(name), "utf-8")
    rows = {name: pattern.variables for name, pattern in named.items()}
    kept = {"site": "fleet", "source": "", "hosts": rows, "others": {}}
    (folder / INVENTORY).write_text(json.dumps(kept), "utf-8")
    return folder
