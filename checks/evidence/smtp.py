"""SMTP replies: their codes, and what an EHLO reply offers (RFC 5321 §4.2, §4.1.1.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")
_BOTH = re.compile(r"([245])\d\d[ -]([245])\.\d{1,3}\.\d{1,3}(?: |$)")
_VERSION = re.compile(r"\b\d+\.\d+(?:[.\w-]*)")
_ADDRESS = re.compile(r"\[?\b(?:\d{1,3}\.){3}\d{1,3}\b\]?")


@dataclass(frozen=True)
class Reply:
    """A reply: its code (0: none came), enhanced status code (RFC 3463; may be empty), and text without either."""

    code: int = 0
    enhanced: str = ""
    texts: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.code // 100 in (2, 3)

    @property
    def deferred(self) -> bool:
        """Try again later: greylisting, or a server in trouble."""
        return self.code // 100 == 4

    @property
    def refused(self) -> bool:
        return self.code // 100 == 5

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def __str__(self) -> str:
        return " ".join(word for word in (str(self.code or ""), self.enhanced, self.text) if word) or "no reply"


def reply(lines: Sequence[str]) -> Reply:
    """The reply of these lines; none, or lines of another protocol, give the reply without a code."""
    if not lines or not re.match(r"\d{3}(?:[- ]|$)", lines[-1]):
        return Reply(texts=tuple(lines))
    bodies = [line[4:] for line in lines]
    enhanced = _ENHANCED.match(bodies[-1])
    code = enhanced[1] if enhanced else ""
    texts = tuple(body.removeprefix(code).strip() for body in bodies) if code else tuple(bodies)
    return Reply(int(lines[-1][:3]), code, texts)


@dataclass(frozen=True)
class Ehlo:
    """An EHLO reply. keywords: extensions by name in upper case, each with its parameters."""

    domain: str
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What AUTH offers; ``AUTH=`` is an old spelling that some servers repeat for old clients."""
        words = self.keywords.get("AUTH", ())
        old = tuple(key.removeprefix("AUTH=") for key in self.keywords if key.startswith("AUTH="))
        return tuple(dict.fromkeys(word.upper() for word in (*words, *old, *self._after_old())))

    def _after_old(self) -> tuple[str, ...]:
        return tuple(word for key, words in self.keywords.items() if key.startswith("AUTH=") for word in words)


def ehlo(answer: Reply) -> Ehlo | None:
    """What this reply to EHLO offers; None if it refuses."""
    if answer.code != 250 or not answer.texts:
        return None
    domain, *rest = answer.texts
    keywords = {}
    for line in rest:
        keyword, *parameters = line.split() or [""]
        if keyword:
            keywords[keyword.upper()] = tuple(parameters)
    return Ehlo((domain.split() or [""])[0], MappingProxyType(keywords))


# RFC 6531 §3.1, RFC 3030 §3.
_NEEDS = {"SMTPUTF8": "8BITMIME", "BINARYMIME": "CHUNKING"}
# RFC 5321 §4.5.3.1.5, without the line's end.
_LONGEST = 510


def contradictions(offered: Ehlo) -> tuple[str, ...]:
    """Extensions without another one that they need."""
    return tuple(
        f"{word} without {other}" for word, other in _NEEDS.items() if word in offered and other not in offered
    )


def malformed(lines: Sequence[str]) -> str:
    """What is wrong with the form of a reply (other octets stand in it as ``\\xNN``); empty if nothing. RFC 2034 §4."""
    codes = {line[:3] for line in lines}
    if len(codes) > 1:
        return f"one reply has the codes {' and '.join(sorted(codes))}"
    longest = max(lines, key=len, default="")
    if len(longest) > _LONGEST:
        return f"{longest[:40]}… has {len(longest) + 2} octets"
    if crossed := next((line for line in lines if (m := _BOTH.match(line)) and m[1] != m[2]), ""):
        return f"{crossed[:80]}: the codes are of different classes"
    strange = next((line for line in lines if "\\x" in line or not line.isascii()), "")
    return f"{strange[:80]} is not printable ASCII" if strange else ""


def version_in(text: str) -> str:
    """The version number that a greeting tells, without addresses, which look alike; empty if it tells none."""
    found = _VERSION.search(_ADDRESS.sub(" ", text))
    return found[0] if found else ""
