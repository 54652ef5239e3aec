"""DMARC policy records: which TXT record is one, and what it asks of receivers (RFC 9989 §4.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence import tag_list
from checks.evidence.report_uri import ReportUri, parse_uri

POLICIES = ("none", "quarantine", "reject")
# RFC 9989 §4.7, and the tags its §9.3 calls historic, which older receivers still honour.
_TAGS = ("v", "p", "sp", "np", "adkim", "aspf", "fo", "psd", "t", "rua", "ruf")
HISTORIC = ("pct", "rf", "ri")

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(;|\Z)")
_MEANT_AS_DMARC = re.compile(r"[^A-Za-z0-9]{0,8}v?\s?=?\s?dmarc\s?1", re.IGNORECASE)


class NotDmarcError(ValueError):
    """A text that no receiver takes for a DMARC record."""


@dataclass(frozen=True)
class DmarcRecord:
    """A record as a receiver acts on it: values with errors are already the defaults (RFC 9989 §4.8).

    p, sp, np: in lower case, None where absent or not valid. invalid: of p, sp and np, those present and not valid.
    rua, ruf: the URIs that are valid. historic, unknown: tags that RFC 9989 does not use. problems: each in one line.
    """

    text: str
    p: str | None
    sp: str | None
    np: str | None
    invalid: tuple[str, ...]
    adkim: str
    aspf: str
    fo: tuple[str, ...]
    psd: str
    t: str
    rua: tuple[ReportUri, ...]
    ruf: tuple[ReportUri, ...]
    historic: tuple[tag_list.Tag, ...]
    unknown: tuple[tag_list.Tag, ...]
    problems: tuple[str, ...]

    @property
    def applies(self) -> bool:
        """RFC 9989 §4.10.1: without a valid policy it means something only if it asks for reports."""
        return self.sound or bool(self.rua)

    @property
    def sound(self) -> bool:
        """p is valid, and so are sp and np where they stand."""
        return self.p is not None and not self.invalid

    @property
    def share(self) -> str:
        """The percentage of mail that the policy is for, at receivers that still heed pct= (RFC 7489 §6.3)."""
        return next((tag.value for tag in self.historic if tag.name == "pct"), "100")

    def published(self, tag: str) -> str:
        """The policy for ``p``, ``sp`` or ``np``: np falls back to sp, sp to p, a missing p to none."""
        if not self.sound:
            return "none"
        by_tag = {"np": self.np or self.sp or self.p, "sp": self.sp or self.p, "p": self.p}
        return by_tag[tag] or "none"

    def effective(self, tag: str) -> str:
        """The policy that receivers apply: RFC 9989 §4.7: t=y is one step milder."""
        step = POLICIES.index(self.published(tag))
        return POLICIES[max(step - (self.t == "y"), 0)]


def select(txt: Iterable[str]) -> tuple[str, ...]:
    """Those that are DMARC records: v=DMARC1, in that case, comes first. RFC 9989 §4.7."""
    return tuple(text for text in txt if _VERSION.match(text))


def near_misses(txt: Iterable[str]) -> tuple[str, ...]:
    """Those that someone meant as DMARC and every receiver ignores."""
    return tuple(text for text in txt if not _VERSION.match(text) and _MEANT_AS_DMARC.match(text))


def parse(text: str) -> DmarcRecord:
    """Read a record. Raises NotDmarcError where its first tag is not v=DMARC1; other errors are its problems."""
    if not _VERSION.match(text):
        raise NotDmarcError("the first tag is not v=DMARC1, so receivers ignore the record")
    tags = tag_list.parse(text)
    problems = list(tags.errors)
    p, sp, np = (_word(tags, tag, POLICIES, problems) for tag in ("p", "sp", "np"))
    unknown = tuple(tag for tag in tags.tags if tag.name not in _TAGS + HISTORIC)
    problems += [f"the tag {tag.name}= is unknown and ignored" for tag in unknown]
    return DmarcRecord(
        text,
        p,
        sp,
        np,
        tuple(tag for tag, value in (("p", p), ("sp", sp), ("np", np)) if value is None and tags.get(tag) is not None),
        _word(tags, "adkim", ("r", "s"), problems) or "r",
        _word(tags, "aspf", ("r", "s"), problems) or "r",
        _failure_options(tags, problems),
        _word(tags, "psd", ("y", "n", "u"), problems) or "u",
        _word(tags, "t", ("y", "n"), problems) or "n",
        _uris(tags, "rua", problems),
        _uris(tags, "ruf", problems),
        tuple(tag for tag in tags.tags if tag.name in HISTORIC),
        unknown,
        tuple(problems),
    )


def _word(tags: tag_list.TagList, name: str, allowed: tuple[str, ...], problems: list[str]) -> str | None:
    value = tags.get(name)
    if value is None or value.lower() in allowed:
        return value and value.lower()
    problems.append(f"{name}={value[:40]} is none of {', '.join(allowed)}")
    return None


def _failure_options(tags: tag_list.TagList, problems: list[str]) -> tuple[str, ...]:
    """RFC 9989 §4.7: 0 and 1 exclude each other, and each option stands once."""
    value = tags.get("fo")
    options = tuple(option.strip().lower() for option in value.split(":")) if value is not None else ("0",)
    right = set(options) <= {"0", "1", "d", "s"} and len(set(options)) == len(options)
    if right and not {"0", "1"} <= set(options):
        return options
    problems.append(f"fo={(value or '')[:40]} is not 0 or 1, d and s, each once and apart by colons")
    return ("0",)


def _uris(tags: tag_list.TagList, name: str, problems: list[str]) -> tuple[ReportUri, ...]:
    value = tags.get(name)
    texts = [text.strip(" \t") for text in value.split(",")] if value is not None else []
    uris = [parse_uri(text) for text in texts]
    for text, uri in zip(texts, uris, strict=True):
        if uri is None:
            problems.append(f"{name}: {text[:80]!r} is not a URI that reports can be sent to")
    # A limit of size (!10m) is of RFC 7489; receivers pass over it (RFC 9990), and nothing is lost.
    return tuple(uri for uri in uris if uri)
