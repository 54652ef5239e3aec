"""Actions of rsyslog that hold up all others while a log server cannot be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ACTION = re.compile(r"\baction\s*\(([^)]*)\)", re.IGNORECASE)
_OPTION = re.compile(r'([\w.]+)\s*=\s*"([^"]*)"')
_LEGACY = re.compile(r"^\$(\w+)\s+(\S+)", re.MULTILINE)
_SHOWN = 120


def blocking(text: str) -> tuple[str, ...]:
    """Of rsyslog's configuration, the actions that send by TCP or RELP, try for ever, and have no queue of their own.

    rsyslog's action.resumeRetryCount: -1 means for ever; without queue.type an action is done in the main queue's turn.
    """
    return (*_actions(text), *_selectors(text))


def _actions(text: str) -> Iterator[str]:
    for found in _ACTION.finditer(text):
        options = {name.lower(): value for name, value in _OPTION.findall(found[1])}
        kind = options.get("type", "").lower()
        by_tcp = kind == "omrelp" or (kind == "omfwd" and options.get("protocol", "udp").lower() == "tcp")
        queued = options.get("queue.type", "direct").lower() != "direct"
        if by_tcp and not queued and options.get("action.resumeretrycount") == "-1":
            yield " ".join(found[0].split())[:_SHOWN]


def _selectors(text: str) -> Iterator[str]:
    """Lines ``*.* @@server``: the directives before one hold for it alone."""
    directives: dict[str, str] = {}
    for line in text.splitlines():
        if found := _LEGACY.match(line.strip()):
            directives[found[1].lower()] = found[2]
        elif re.match(r"\S+\s+@@\S", line.strip()):
            if directives.get("actionresumeretrycount") == "-1" and "actionqueuetype" not in directives:
                yield line.strip()[:_SHOWN]
            directives = {}
