"""MTA-STS: the record that announces a policy, the policy file, and whether the MX hosts satisfy it (RFC 8461)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# RFC 8461 §3.2, §3.3: the longest max_age in seconds; a policy file senders need not read beyond.
MAX_AGE_LIMIT = 31_557_600
MAX_POLICY_OCTETS = 64 * 1024

_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)")
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_POLICY_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):([^\x00-\x08\x0a-\x1f\x7f]*)")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MX = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")
_MODES = ("enforce", "testing", "none")


class StsRecordError(ValueError):
    """A record with which senders assume that there is no policy; says why."""


class StsPolicyError(ValueError):
    """A policy file that senders do not accept; says why."""


@dataclass(frozen=True)
class StsRecord:
    """The TXT record at _mta-sts. id: changes with each policy. extensions: other fields, as written."""

    text: str
    id: str
    extensions: tuple[str, ...]


@dataclass(frozen=True)
class StsPolicy:
    """A policy file. mode: enforce, testing or none. max_age: seconds. mx: patterns, in lower case.

    remarks: lines that senders ignore.
    """

    mode: str
    max_age: int
    mx: tuple[str, ...]
    remarks: tuple[str, ...]

    def allows(self, host: str) -> bool:
        """Does a pattern match this MX host? RFC 8461 §4.1."""
        return any(mx_matches(pattern, host) for pattern in self.mx)

    def unused(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """Patterns that match none of these MX hosts."""
        known = list(hosts)
        return tuple(pattern for pattern in self.mx if not any(mx_matches(pattern, host) for host in known))


def policy_url(domain: str) -> str:
    """Where the policy of a domain is. RFC 8461 §3.3."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


def select(txt: Iterable[str]) -> tuple[str, ...]:
    """Those of the TXT records at _mta-sts that count. RFC 8461 §3.1."""
    return tuple(text for text in txt if text.startswith("v=STSv1;"))


def parse_record(text: str) -> StsRecord:
    """Read a selected record. Raises StsRecordError."""
    if not text.startswith("v=STSv1;"):
        raise StsRecordError("the record does not begin with v=STSv1;")
    fields = [field.strip(" \t") for field in text.split(";")[1:]]
    if fields[-1] == "":
        fields.pop()
    matches = []
    for field in fields:
        match = _FIELD.fullmatch(field)
        if not match:
            raise StsRecordError(f"{field[:60]!r} is not name=value")
        matches.append(match)
    ids = [match[2] for match in matches if match[1] == "id"]
    if len(ids) != 1 or not _ID.fullmatch(ids[0]):
        raise StsRecordError("there must be one id= of 1 to 32 letters and digits")
    return StsRecord(text, ids[0], tuple(match[0] for match in matches if match[1] != "id"))


def parse_policy(text: str) -> StsPolicy:
    """Read a policy file. Raises StsPolicyError. RFC 8461 §3.2."""
    first: dict[str, str] = {}
    mx: list[str] = []
    remarks: list[str] = []
    for line in re.split(r"\r?\n", text):
        match = _POLICY_FIELD.fullmatch(line)
        if match and match[1] == "mx":
            mx.append(match[2].strip(" \t"))
        elif match and match[1] not in first:
            first[match[1]] = match[2].strip(" \t")
        elif line.strip():
            remarks.append(f"{line[:60]!r} is {'repeated' if match else 'not name: value'} and ignored")
    if first.get("version") != "STSv1":
        raise StsPolicyError("there is no line version: STSv1")
    mode = first.get("mode", "")
    if mode not in _MODES:
        raise StsPolicyError(f"mode: {mode[:40]!r} is none of {', '.join(_MODES)}")
    return StsPolicy(mode, _max_age(first.get("max_age", "")), _patterns(mx, mode), tuple(remarks))


def _max_age(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", value) or int(value) > MAX_AGE_LIMIT:
        raise StsPolicyError(f"max_age: {value[:40]!r} is not a number of seconds up to {MAX_AGE_LIMIT}")
    return int(value)


def _patterns(mx: list[str], mode: str) -> tuple[str, ...]:
    if not mx and mode != "none":
        raise StsPolicyError(f"mode: {mode} needs at least one line mx:")
    for pattern in mx:
        if not _MX.fullmatch(pattern):
            raise StsPolicyError(f"mx: {pattern[:80]!r} is neither a host name nor *. and a domain")
    return tuple(pattern.lower() for pattern in mx)


def mx_matches(pattern: str, host: str) -> bool:
    """RFC 8461 §4.1: ``*.`` stands for exactly one label."""
    host = host.lower().removesuffix(".")
    if pattern.startswith("*."):
        label, _, parent = host.partition(".")
        return bool(label) and parent == pattern[2:].lower()
    return host == pattern.lower()
