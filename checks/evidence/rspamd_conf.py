"""Rspamd's thresholds and workers in effect, as `rspamadm configdump` prints them, without its passwords."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from checks.evidence.pieces import pieces

# Of a password only its kind is kept; `q1` is the one that Rspamd's own configuration came with.
_KIND = (
    's/("(enable_)?password"): "q1"/\\1: "(default)"/; s/("(enable_)?password"): "\\$[^"]*"/\\1: "(hashed)"/; '
    's/("(enable_)?password"): "[^("][^"]*"/\\1: "(plain)"/'
)
TRY = "sudo sh -c 'command -v rspamadm >/dev/null || exit 127; rspamadm configtest 2>&1'"
_SHOW = (
    'command -v rspamadm >/dev/null || exit 127; for s in actions worker; do echo "== $s"; '
    f"rspamadm configdump -j $s 2>/dev/null | sed -E {shlex.quote(_KIND)}; done"
)
DUMP = f"sudo sh -c {shlex.quote(_SHOW)}"
# Best first: what becomes of a message as its score rises.
_RISING = ("greylist", "add header", "rewrite subject", "quarantine", "reject")

# A message that waits once and then passes is neither refused nor marked.
_NO_ACTION = ("greylist", "no action")


@dataclass(frozen=True)
class Controller:
    """The worker that takes commands. sockets: where it listens; password: (hashed), (plain), (default) or empty."""

    sockets: tuple[str, ...]
    password: str

    @property
    def open_sockets(self) -> tuple[str, ...]:
        """Sockets that others than this machine reach."""
        return tuple(s for s in self.sockets if not re.match(r"(/|\[?::1\]?[:]|127\.|localhost)", s))


@dataclass(frozen=True)
class Rspamd:
    """thresholds: the score at which each action begins."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    controller: Controller | None = None

    @property
    def disorder(self) -> str:
        """Two actions whose scores are the wrong way round, or none that refuses; empty if all is in order."""
        if "reject" not in self.thresholds:
            return "nothing is ever rejected"
        named = [(name, self.thresholds[name]) for name in _RISING if name in self.thresholds]
        for (mild, low), (strong, high) in pairwise(named):
            if low >= high and "reject" in (mild, strong):
                return f"{mild} at {low:g}, {strong} at {high:g}"
        return ""

    def out_of_reach(self, most: float) -> str:
        """The actions on spam, if no score reaches any of them; empty if one does. most: points that spam gets."""
        acting = {name: score for name, score in self.thresholds.items() if name not in _NO_ACTION}
        if not acting or min(acting.values()) <= most:
            return ""
        return ", ".join(f"{name} at {score:g}" for name, score in sorted(acting.items(), key=lambda row: row[1]))


def rspamd(text: str) -> Rspamd:
    """From what DUMP prints. A part that is no JSON is taken for empty."""
    parts = dict(pieces(text))
    actions = json_object(parts.get("actions", ""))
    scores = {n.replace("_", " "): float(v) for n, v in actions.items() if isinstance(v, int | float)}
    return Rspamd(scores, _controller(parts.get("worker", "")))


def json_object(text: str) -> dict[str, Any]:
    """What a part of the configuration says; anything else than an object of JSON is taken for empty."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _controller(text: str) -> Controller | None:
    """The workers are printed one JSON object behind the other."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while 0 <= at < len(text):
        try:
            each, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        row = each.get("controller") if isinstance(each, dict) else None
        if isinstance(row, dict):
            sockets = row.get("bind_socket", [])
            listed = sockets if isinstance(sockets, list) else [sockets]
            return Controller(tuple(str(s).split(" ")[0] for s in listed), str(row.get("password", "")))
        at = text.find("{", end)
    return None
