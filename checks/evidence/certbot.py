"""certbot's renewals as /etc/letsencrypt/renewal tells them: whether the next certificate will have the same key."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A renewal's file holds an account's number and paths, and no secret; no more than these lines of it is read.
QUERY = (
    'sudo sh -c \'for f in /etc/letsencrypt/renewal/*.conf; do [ -f "$f" ] || continue; echo "== $f"; '
    'sed -nE "s/^(reuse_key) *= */\\1 /p" "$f"; done\''
)
_LIVE = re.compile(r"/etc/letsencrypt/live/([^/]{1,255})/")


def lineage(path: str) -> str:
    """The name under which certbot keeps this file; empty if it is none of certbot's."""
    found = _LIVE.match(path)
    return found[1] if found else ""


def keys_kept(text: str) -> Mapping[str, bool]:
    """By name: whether the key is kept at a renewal. certbot makes a new one unless told to."""
    found: dict[str, bool] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("== "):
            name = line.rpartition("/")[2].removesuffix(".conf")
            found[name] = False
        elif name and line.startswith("reuse_key "):
            found[name] = line.removeprefix("reuse_key ").strip().lower() == "true"
    return found
