"""The log servers that rsyslog sends to, and actions that hold up all others while one cannot be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ACTION = re.compile(r"\baction\s*\(([^)]*)\)", re.IGNORECASE)
_OPTION = re.compile(r'([\w.]+)\s*=\s*"([^"]*)"')
_LEGACY = re.compile(r"^\$(\w+)\s+(\S+)", re.MULTILINE)
_SHOWN = 120
_BY_TCP = re.compile(r"^\S+\s+@@(?:\([^)]*\))?(\[[0-9a-fA-F:]{2,45}\]|[\w.-]{1,253})(?::(\d{1,5}))?\s*(?:;\w+)?$")
# Of all actions that name no driver of their own.
_TLS = re.compile(
    r'\bdefaultNetstreamDriver"?\s*[\s=]\s*"?(?:gtls|ossl|mbedtls)|^\s*\$ActionSendStreamDriverMode\s+[1-9]',
    re.IGNORECASE | re.MULTILINE,
)
_HOST = re.compile(r"[0-9a-fA-F:]{2,45}|[\w.-]{1,253}")


def servers(text: str) -> dict[tuple[str, str], str]:
    """By host and port of each server that lines go to by TCP or RELP: why it is not connected to, else empty.

    A connection that just ends leaves an error in the log of a server that speaks TLS or RELP. UDP tells nothing of who
    is there.
    """
    default = "gtls" if _TLS.search(text) else ""
    lines = (_BY_TCP.match(line.strip()) for line in text.splitlines())
    found = {(match[1].strip("[]"), match[2] or "514"): _speaks({}, default) for match in lines if match}
    for _, options in _actions(text):
        host, port = options.get("target", ""), options.get("port", "514")
        if _sends_by_tcp(options) and _HOST.fullmatch(host) and port.isascii() and port.isdecimal() and len(port) < 6:
            found[host, port] = found.get((host, port)) or _speaks(options, default)
    return found


def _speaks(options: dict[str, str], default: str) -> str:
    if options.get("type", "").lower() == "omrelp":
        return "it speaks RELP"
    driver, mode = options.get("streamdriver", default), options.get("streamdrivermode", "")
    return "it speaks TLS" if driver.lower() not in ("", "ptcp") or mode not in ("", "0") else ""


def _sends_by_tcp(options: dict[str, str]) -> bool:
    kind = options.get("type", "").lower()
    return kind == "omrelp" or (kind == "omfwd" and options.get("protocol", "udp").lower() == "tcp")


def blocking(text: str) -> tuple[str, ...]:
    """Of rsyslog's configuration, the actions that send by TCP or RELP, try for ever, and have no queue of their own.

    rsyslog's action.resumeRetryCount: -1 means for ever; without queue.type an action is done in the main queue's turn.
    """
    return (*_for_ever(text), *_selectors(text))


def _actions(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each action as it is written, and its options by name."""
    for found in _ACTION.finditer(text):
        yield found[0], {name.lower(): value for name, value in _OPTION.findall(found[1])}


def _for_ever(text: str) -> Iterator[str]:
    for written, options in _actions(text):
        queued = options.get("queue.type", "direct").lower() != "direct"
        if _sends_by_tcp(options) and not queued and options.get("action.resumeretrycount") == "-1":
            yield " ".join(written.split())[:_SHOWN]


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
