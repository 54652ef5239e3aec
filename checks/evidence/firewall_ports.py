"""What can be read off single rules: which ports they name or hand on, and how many connections they let in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from checks.evidence.firewall_ruleset import Ruleset

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"(\d{1,9})\s*/\s*(s|m|h|d)[a-z]*", re.IGNORECASE)
# iptables -m recent: so many packets within so many seconds.
_RECENT = re.compile(r"--seconds (\d{1,6}).{0,80}?--hitcount (\d{1,6})")
# Whatever may ask for the port that a packet comes from, by its name or by a place in the packet.
_ASKS = re.compile(r"sports?\b|source-ports?\b|--ports?\b|proto-src|@[tin]h,|--u32|--bytecode|\bxt match\b")
_SOURCE = re.compile(r"(?:sports?|source-ports?|--ports?|proto-src)\s+(?:!= |vmap )?\{?\s*([0-9:, -]{1,400})")
_MOST_NAMED = 16
_DNAT = re.compile(r"-p (tcp|udp) .{0,300}?--dports? (\d{1,5}).{0,300}?-j (?:DNAT|REDIRECT)")


def per_minute(text: str) -> float:
    """How many connections a minute the rule lets in; without end if it does not tell."""
    if match := _RECENT.search(text):
        return int(match[2]) * 60 / max(int(match[1]), 1)
    match = _RATE.search(text)
    return int(match[1]) * 60 / _SECONDS[match[2].lower()] if match else float("inf")


def named_ports(text: str) -> frozenset[int]:
    """The ports that a rule is about, by number; none if it is about all."""
    named = re.search(r"dports?\s+\{?\s*([0-9, ]{1,400})", text)
    return frozenset(int(word) for word in re.findall(r"\d{1,5}", named[1])) if named else frozenset()


def asks_for_source(texts: Iterable[str]) -> bool:
    """Whether to any of the rules, or of what they cannot be read of, it may matter from which port a packet comes."""
    return any(_ASKS.search(text) for text in texts)


def source_ports(texts: Iterable[str]) -> tuple[int, ...]:
    """The ports that packets come from which the rules name; of a range its ends. The first few of very many."""
    words = [word for text in texts for named in _SOURCE.findall(text) for word in re.findall(r"\d{1,5}", named)]
    return tuple(dict.fromkeys(port for word in words if 0 < (port := int(word)) < 65536))[:_MOST_NAMED]


def counts(ruleset: Ruleset) -> bool:
    """Whether some rule counts packets and lets in only so many."""
    return any(word in rule.ref.text for chain in ruleset.chains for rule in chain.rules
               for word in ("limit", "recent", "over ", "connlimit"))  # fmt: skip


def handed_on(listed: str, saved: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """The protocols and ports whose receiver some rule changes. listed: nft's JSON; saved: iptables-save's texts."""
    found = [(m[1], int(m[2])) for text in saved for line in text.splitlines() if (m := _DNAT.search(line))]
    try:
        entries = json.loads(listed or "{}").get("nftables", [])
    except (ValueError, AttributeError, RecursionError):
        entries = []
    for entry in entries if isinstance(entries, list) else []:
        rule = entry.get("rule") if isinstance(entry, dict) else None
        steps = rule.get("expr") if isinstance(rule, dict) else None
        if isinstance(steps, list) and any(isinstance(s, dict) and {"dnat", "redirect"} & s.keys() for s in steps):
            found += [port for step in steps if isinstance(step, dict) and (port := _port(step.get("match")))]
    return tuple(dict.fromkeys(found))


def _port(match: object) -> tuple[str, int] | None:
    if not isinstance(match, dict):
        return None
    left, right = match.get("left"), match.get("right")
    payload = left.get("payload") if isinstance(left, dict) else None
    if not isinstance(payload, dict) or payload.get("field") != "dport" or not isinstance(right, int):
        return None
    return str(payload.get("protocol")), right
