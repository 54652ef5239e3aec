"""Block lists as Postfix is told to use them: which lists, and which of their answers count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

# postconf(5) postscreen_dnsbl_sites: domain_name=d1.d2.d3.d4*weight, each d a number or [a..b;c]. A key that is part of
# the name was taken out before anything was kept (redact.py).
_SITE = re.compile(r"((?:\(hidden\)\.)?[A-Za-z0-9_.{}$-]{1,253})(?:=([0-9.;\[\]]{7,120}))?(?:\*(-?[0-9]{1,9}))?")
_OCTET = re.compile(r"\[([0-9.;]+)\]|([0-9]{1,3})")
# smtpd_*_restrictions that ask a list, and take its name as their argument.
_RESTRICTION = re.compile(r"(reject_rbl_client|reject_rhsbl_[a-z_]+|permit_dnswl_client|permit_rhswl_client)")


class SiteError(ValueError):
    """A list that Postfix would not understand."""


@dataclass(frozen=True)
class Site:
    """A list in use. answers: values of each octet that count, None for any answer. weight: negative vouches."""

    zone: str
    answers: tuple[frozenset[int], ...] | None
    weight: int
    text: str

    def counts(self, answer: str) -> bool:
        """Is this answer taken for a listing?"""
        octets = [int(octet) for octet in answer.split(".")]
        return self.answers is None or all(o in values for o, values in zip(octets, self.answers, strict=True))


def parse_site(text: str) -> Site:
    """Read one list with its filter and weight. Raises SiteError."""
    match = _SITE.fullmatch(text)
    if not match:
        raise SiteError(f"{text[:80]!r} is not domain=filter*weight")
    answers = _answers(match[2], text) if match[2] else None
    return Site(match[1].lower().removesuffix("."), answers, int(match[3] or 1), text)


def postscreen_sites(value: str) -> tuple[Site, ...]:
    """The lists of postscreen_dnsbl_sites. Raises SiteError."""
    return tuple(parse_site(word) for word in re.split(r"[,\s]+", value) if word)


def restriction_sites(value: str) -> tuple[Site, ...]:
    """The lists that a smtpd_…_restrictions value asks. Raises SiteError."""
    words = [word for word in re.split(r"[,\s]+", value) if word]
    return tuple(parse_site(name) for restriction, name in pairwise(words) if _RESTRICTION.fullmatch(restriction))


def _answers(text: str, site: str) -> tuple[frozenset[int], ...]:
    octets: list[frozenset[int]] = []
    at = 0
    while match := _OCTET.match(text, at):
        octets.append(_values(match[1]) if match[1] else frozenset([int(match[2])]))
        at = match.end() + 1
        if text[match.end() : at] != ".":
            break
    if len(octets) != 4 or at <= len(text) or not all(octets):
        raise SiteError(f"{site[:80]!r}: the filter is not four octets")
    return tuple(octets)


def _values(text: str) -> frozenset[int]:
    """``2..11;20``: numbers and ranges; empty if it is neither."""
    values: set[int] = set()
    for part in text.split(";"):
        low, dots, high = part.partition("..")
        if not low.isdecimal() or (dots and not high.isdecimal()) or len(low + high) > 6:
            return frozenset()
        values.update(range(int(low), min(int(high or low), 255) + 1))
    return frozenset(values)
