"""Zone files of a DNS server on a host, as its own tools judge them: knotc zone-check, named-checkconf -z."""

from __future__ import annotations

import re

# Read-only, and each ends by itself, by the names of services.yml; what is well is left out on the host.
QUERY = {
    "knot": 'sudo sh -c \'command -v knotc >/dev/null || exit 127; knotc zone-check 2>&1 | grep -iE "error|fatal" | '
    "head -n 20; true'",
    "named": "sudo sh -c 'command -v named-checkconf >/dev/null || exit 127; named-checkconf -z 2>&1 | "
    'grep -E "^zone .* failed: " | head -n 20; true\'',
}
_SHOWN = 160
# What both tools only advise of.
_ADVICE = re.compile(r"\bwarning\b|ignoring|is a CNAME \(illegal\)|has no address records", re.IGNORECASE)


def faults(text: str) -> tuple[str, ...]:
    """The lines that say why a zone does not load."""
    lines = (" ".join(line.split())[:_SHOWN] for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not _ADVICE.search(line)))
