"""What Rspamd believes of a message before it looks, and whom it asks (`rspamadm configdump -j`)."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from checks.evidence.rspamd_conf import json_object

_WHOLE = "sudo sh -c 'command -v rspamadm >/dev/null || exit 127; rspamadm configdump -j 2>/dev/null | "
_SECTIONS = (
    f'{_WHOLE}awk "/^    \\"/ {{{{k = /^    \\"({{names}})\\":/}}}} (/^[{{{{}}}}]/ || k) && !/\\"password\\":/"\''
)
# The symbols that tell of an absence.
ABSENT = ("R_DKIM_NA", "R_SPF_NA", "DMARC_NA", "ARC_NA", "AUTH_NA")
# What they weigh, of the thousands of lines about symbols: "R_DKIM_NA score": 1.0,
_WEIGHTS = (
    rf'awk "/^ +\"({"|".join(ABSENT)})\": *[{{]/ '
    r"{n = substr(\$1, 2, length(\$1) - 3)} "
    r"/^ *[}]/ {n = 0} n && /\"(weight|score)\":/ {v = \$2; sub(/,/, \"\", v); "
    r"printf \"    %c%s %s %s,\\n\", 34, n, substr(\$1, 2), v} "
)
# One run for all: each costs half a second of a processor. Other sections hold passwords, and stay on the host.
DUMP = _SECTIONS.format(names="multimap|options|settings|redis|force_actions").replace('awk "', _WEIGHTS, 1)
# Of what it notes in each message, and by which of its modules.
NOTES = _SECTIONS.format(names="milter_headers|spf|dkim|dmarc")
# By what it may make away with a message that it has taken: actions, what modules do, options of its proxy worker.
KEEPS = (
    f"{_WHOLE}"
    r'awk "/\"(discard|quarantine)\": *[0-9]/ || /: *\"(discard|quarantine)\"/ || '
    r'/\"(discard|quarantine)_on_reject\": *true/"'
    "'"
)
# Headers of the milter_headers module that tell points.
_POINTS = frozenset({"x-spam-level", "x-spamd-bar", "x-spamd-result", "x-spam-status", "spam-header", "custom"})
# Kinds of maps that are asked for what the sender himself claims (Rspamd, multimap module).
_CLAIMED = ("from", "header", "hostname", "helo")
# The same of the settings module, and what a stranger cannot claim.
_ON_CLAIM = ("from", "from_mime", "header", "request_header", "subject", "helo")
_ON_FACT = ("ip", "client_ip", "ip_map", "authenticated", "user", "local", "id", "selector", "expression", "rcpt")


def sections(text: str) -> dict[str, dict[str, Any]]:
    """What DUMP prints, by section; nothing where it is cut off, or no configuration."""
    return {name: each for name, each in whole(text).items() if isinstance(each, dict)}


def whole(text: str) -> dict[str, Any]:
    """What DUMP prints, or NOTES: sections, and single numbers beside them."""
    return json_object(re.sub(r",(\n\s*\}|\s*\}\s*$)", r"\1", text))  # the comma was before what is left out


def sets_thresholds(text: str) -> bool:
    """Whether the settings module gives some mail other thresholds, or reads rules from where they are not seen."""
    settings = whole(text).get("settings") or {}
    if not isinstance(settings, dict):
        return True  # a map, of a file or a web server
    rules = [rule for rule in settings.values() if isinstance(rule, dict)]
    parts = [*rules, *(rule["apply"] for rule in rules if isinstance(rule.get("apply"), dict))]
    return "redis" in settings or any("actions" in part for part in parts)


def notes_points(dump: dict[str, dict[str, Any]]) -> bool:
    """Whether it writes a message's points into a header of its own (milter_headers module)."""
    headers = dump.get("milter_headers", {})
    use = headers.get("use")
    words = use if isinstance(use, list) else [use]
    return bool(headers.get("extended_spam_headers")) or any(str(word) in _POINTS for word in words)


def believed(dump: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Rules that accept a message unseen for what its sender claims, with nothing else required."""
    found = [
        f"settings {name} ({', '.join(claimed)}: {effect})"
        for name, rule in dump.get("settings", {}).items()
        if isinstance(rule, dict)
        and (effect := _unseen(rule))
        and (claimed := [word for word in rule if word in _ON_CLAIM])
        and not any(word in _ON_FACT for word in rule)
    ]
    for name, rule in dump.get("multimap", {}).items():
        if not isinstance(rule, dict) or not rule.get("prefilter") or rule.get("require_symbols"):
            continue
        if str(rule.get("action", "")).lower() in ("accept", "no action") and rule.get("type") in _CLAIMED:
            found.append(f"{name} (type {rule['type']}, action {rule['action']})")
    return tuple(found)


def _unseen(rule: dict[str, Any]) -> str:
    """By which word a rule of the settings module passes a message without a look; empty if it does not."""
    apply = rule.get("apply")
    words = {**rule, **(apply if isinstance(apply, dict) else {})}
    return next(
        (f"{word} = {words[word]}" for word in ("want_spam", "whitelist") if words.get(word) in (True, "yes")), ""
    )


def name_servers(dump: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Addresses of the name servers that it is told to ask; none where it follows /etc/resolv.conf."""
    dns = dump.get("options", {}).get("dns")
    named = dns.get("nameserver") if isinstance(dns, dict) else None
    words = named if isinstance(named, list) else [named]
    return tuple(found for word in words if isinstance(word, str) and (found := _address(word)))


def redis(dump: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Where its Redis is: ``HOST:PORT`` or the path of a socket; nothing where it is told of none."""
    section = dump.get("redis", {})
    named = section.get("servers") or section.get("write_servers") or ""
    words = re.split(r"[\s,;]+", " ".join(map(str, named)) if isinstance(named, list) else str(named))
    bare = [re.sub(r"^(?:master-slave|random|round-robin|sequential|hash):", "", word) for word in words if word]
    return tuple(word if word.startswith("/") or re.search(r":\d+$", word) else f"{word}:6379" for word in bare)


def _address(word: str) -> str:
    """``master-slave:192.0.2.1:53:10`` and ``[2001:db8::1]:53`` have port and weight behind the address."""
    bare = word.rpartition("master-slave:")[2].removeprefix("random:").removeprefix("round-robin:")
    bare = bare[1:].partition("]")[0] if bare.startswith("[") else bare
    for candidate in (bare, bare.partition(":")[0]):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return ""


def noted(dump: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """The methods whose results it writes into Authentication-Results of every message (milter_headers module)."""
    headers = dump.get("milter_headers", {})
    use = headers.get("use")
    if "authentication-results" not in (use if isinstance(use, list) else [use]):
        return ()
    return tuple(name for name in ("spf", "dkim", "dmarc") if dump.get(name, {}).get("enabled", True) is not False)


def knows_gtube(dump: dict[str, dict[str, Any]]) -> bool:
    """Whether it takes GTUBE for spam, as it does unless its options say otherwise (gtube_patterns)."""
    return str(dump.get("options", {}).get("gtube_patterns", "")).lower() not in ("disable", "disabled", "none")


def local_networks(dump: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Clients that it takes for the site's own, and does not verify (options, local_addrs)."""
    named = dump.get("options", {}).get("local_addrs")
    return tuple(str(word) for word in (named if isinstance(named, list) else [named]) if word)
