"""BIMI: the logo that mailbox providers may show beside a domain's mail (IETF draft brand-indicators)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence import tag_list
from checks.evidence.dmarc_discovery import DmarcPolicy

# The draft's limits: an SVG of 32 kilobytes in the profile Tiny Portable/Secure.
MAX_SVG_OCTETS = 32 * 1024

_TAGS = ("v", "l", "a", "s", "avp", "lps")
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~:/?#\[\]@!$&'()*+=%-]*", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w-]{1,32}:)?svg\b([^<>]*)>", re.IGNORECASE)


class BimiError(ValueError):
    """A record that no receiver uses; says why."""


@dataclass(frozen=True)
class BimiRecord:
    """An assertion record. location: of the SVG. authority: of the mark certificate; either may be empty."""

    text: str
    location: str
    authority: str
    remarks: tuple[str, ...]

    @property
    def declines(self) -> bool:
        """Both are empty: the domain says that it takes no part."""
        return not self.location and not self.authority


def record_name(domain: str, selector: str = "default") -> str:
    """Where the record is."""
    return f"{selector}._bimi.{domain}"


def select(txt: Iterable[str]) -> tuple[str, ...]:
    """Those of the TXT records there that are BIMI records."""
    return tuple(text for text in txt if re.match(r"v[ \t]*=[ \t]*BIMI1[ \t]*(;|\Z)", text))


def parse(text: str) -> BimiRecord:
    """Read a record. Raises BimiError."""
    tags = tag_list.parse(text)
    if not tags.tags or tags.tags[0] != tag_list.Tag("v", "BIMI1"):
        raise BimiError("the first tag is not v=BIMI1")
    if tags.errors:
        raise BimiError(tags.errors[0])
    location = tags.get("l")
    if location is None:
        raise BimiError("there is no l= tag, so no logo")
    authority = tags.get("a") or ""
    for name, uri in (("l", location), ("a", authority)):
        if uri and not _HTTPS.fullmatch(uri):
            raise BimiError(f"{name}={uri[:80]} is not an https: URI")
    remarks = tuple(f"the tag {tag.name}= is unknown and ignored" for tag in tags.tags if tag.name not in _TAGS)
    return BimiRecord(text, location, authority, remarks)


def dmarc_obstacle(policy: DmarcPolicy) -> str:
    """Why a domain with this DMARC policy gets no logo, empty if it may: all its mail must be under enforcement."""
    record = policy.record
    if policy.state != "found" or record is None:
        return "DMARC does not apply to the domain"
    if policy.effective == "none" or record.effective("sp") == "none":
        return f"the DMARC record at _dmarc.{policy.found_at} leaves mail at none"
    return f"pct={record.share} exempts a part of the mail" if record.share != "100" else ""


def svg_problems(octets: bytes) -> tuple[str, ...]:
    """What keeps this file from being SVG Tiny Portable/Secure; a look at its text, not a validation."""
    text = octets[:MAX_SVG_OCTETS].decode("utf-8", "replace")
    root = _ROOT.search(text)
    attributes = root[1] if root else ""
    found = {
        f"it has {len(octets)} octets, more than {MAX_SVG_OCTETS}": len(octets) > MAX_SVG_OCTETS,
        "there is no <svg> element": root is None,
        'the root is not baseProfile="tiny-ps"': not re.search(r"""\bbaseProfile\s*=\s*["']tiny-ps["']""", attributes),
        'the root is not version="1.2"': not re.search(r"""\bversion\s*=\s*["']1\.2["']""", attributes),
        "the root has x or y": bool(re.search(r"""\s[xy]\s*=""", attributes)),
        "there is no <title>": "<title" not in text,
        "there is a script": "<script" in text.lower(),
        "there is an entity declaration": "<!entity" in text.lower(),
        "it refers to other files": bool(re.search(r"""\bhref\s*=\s*["'](?!#)""", text)),
    }
    return tuple(problem for problem, present in found.items() if present)
