"""Versions of TLS as Postfix is told of them: ``>=TLSv1.2``, ``!SSLv2, !SSLv3``, ``TLSv1.2 TLSv1.3`` (postconf(5))."""

from __future__ import annotations

import re

VERSIONS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_SPELT = {name.lower(): name for name in VERSIONS} | {"tlsv1.0": "TLSv1"}


def allowed(setting: str) -> tuple[str, ...]:
    """The versions that such a setting leaves; an empty one leaves all."""
    words = [word for word in re.split(r"[\s,:]+", setting.strip()) if word]
    least, most = _bound(words, ">="), _bound(words, "<=")
    excluded = {_SPELT.get(word[1:].lower()) for word in words if word.startswith("!")}
    included = {_SPELT.get(word.lower()) for word in words if word[0] not in "!<>"}
    return tuple(
        name
        for at, name in enumerate(VERSIONS)
        if name not in excluded and (not included or name in included) and least <= at <= most
    )


def _bound(words: list[str], sign: str) -> int:
    named = [_SPELT.get(word.removeprefix(sign).lower(), "") for word in words if word.startswith(sign)]
    places = [VERSIONS.index(name) for name in named if name]
    if sign == ">=":
        return max(places, default=0)
    return min(places, default=len(VERSIONS) - 1)
