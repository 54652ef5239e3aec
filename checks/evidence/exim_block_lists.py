"""Block lists that Exim refuses mail by: `dnslists` conditions of its access control lists (spec.txt, chapter 44)."""

from __future__ import annotations

import re
import shlex

from checks.evidence.dnsbl_sites import Site, SiteError, parse_site
from checks.evidence.exim import items

# Verbs and their dnslists alone leave the host, and the keys of paid lists do not.
_LOOK = (
    'e=$(command -v exim4 || command -v exim) || exit 127; $e -bP config 2>/dev/null | awk \'{sub(/^[ \t]+/, "")} '
    '/^(accept|defer|deny|discard|drop|require|warn)([ \t]|$)/ {print $1; $1 = ""; sub(/^ /, "")} /^dnslists *=/\' | '
    "sed -E 's/[a-z0-9]{20,40}\\.([a-z]+\\.dq\\.spamhaus\\.net)/(hidden).\\1/g' | cut -c 1-1000 | head -n 2000"
)
QUERY = f"sudo sh -c {shlex.quote(_LOOK)}"
_REFUSING = ("deny", "drop", "defer")
_CONDITION = re.compile(r"dnslists *= *(.*)")


def sites(text: str) -> tuple[Site, ...]:
    """The lists that are asked about the client's address, where mail is refused by them; others are passed over."""
    verb = ""
    found: list[Site] = []
    for line in text.splitlines():
        if condition := _CONDITION.fullmatch(line):
            found += _of(condition[1]) if verb in _REFUSING else []
        else:
            verb = line.strip()
    return tuple(dict.fromkeys(found))


def _of(value: str) -> list[Site]:
    """``zone=addresses``, ``zone,zone2``; what follows a slash is what is asked for in place of the address."""
    found = []
    for item in items(value):
        if "/" in item or "$" in item:
            continue
        for zone in re.split(r"[=!&]", item)[0].split(","):
            try:
                found.append(parse_site(zone.strip()))
            except SiteError:
                continue
    return found
