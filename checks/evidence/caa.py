"""CAA: which certification authorities may issue certificates for a name (RFC 8659)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checks.evidence import own_table
from checks.evidence.lookup import Foresee, Lookup, at_once, canonical, queryable

_PRESENTATION = re.compile(r'([0-9]{1,3})\s+([A-Za-z0-9]{1,255})\s+(?:"((?:[^"\\]|\\.)*)"|(\S*))', re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_PARAMETER = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)")
# RFC 8659 §4, RFC 9495 §4, and the mark certificates of BIMI.
_KNOWN = ("issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc")


class CaaError(ValueError):
    """A CAA record that cannot be read."""


@dataclass(frozen=True)
class Parameter:
    """A parameter after an issuer, such as ``accounturi`` or ``validationmethods`` (RFC 8657)."""

    tag: str
    value: str


@dataclass(frozen=True)
class CaaRecord:
    """A CAA record. tag: in lower case. issuer: of issue and its like; empty means nobody.

    malformed: such a value cannot be read, so that nobody may issue by it (RFC 8659 §4.2).
    """

    critical: bool
    tag: str
    value: str
    issuer: str
    parameters: tuple[Parameter, ...]
    malformed: bool


@dataclass(frozen=True)
class CaaSet:
    """The relevant record set of a name. RFC 8659 §3. found_at: empty if there is none up to the top.

    unknown: the question the DNS did not answer, so that nothing is known. errors: records that cannot be read.
    authenticated: the set was validated by DNSSEC.
    """

    found_at: str
    records: tuple[CaaRecord, ...]
    unknown: str = ""
    errors: tuple[str, ...] = ()
    authenticated: bool = False

    def issuers(self, tag: str = "issue") -> tuple[CaaRecord, ...]:
        return tuple(record for record in self.records if record.tag == tag)

    def allows(self, issuer: Iterable[str], wildcard: bool = False) -> bool:
        """May an authority that answers to one of these CAA domains issue for the name, or for ``*.`` below it?

        RFC 8659 §4.2, §4.3, §4.5. Raises ValueError where the DNS did not answer.
        """
        if self.unknown:
            raise ValueError(f"CAA is not known: {self.unknown}")
        if self.errors or any(record.critical and record.tag not in _KNOWN for record in self.records):
            return False
        permitting = (wildcard and self.issuers("issuewild")) or self.issuers("issue")
        names = {canonical(name) for name in issuer}
        return not permitting or any(record.issuer in names for record in permitting if record.issuer)


def parse(text: str) -> CaaRecord:
    """Read a record in presentation format, as in ``0 issue "ca.example; accounturi=…"``. Raises CaaError."""
    match = _PRESENTATION.fullmatch(text.strip())
    if not match or int(match[1]) > 255:
        raise CaaError(f"{text[:80]!r} is not flags, tag and value")
    value = _ESCAPE.sub(_unescape, match[3] if match[3] is not None else match[4])
    tag = match[2].lower()
    issuer, parameters = _issue_value(value) if tag.startswith("issue") else ("", ())
    malformed = tag.startswith("issue") and issuer is None
    return CaaRecord(bool(int(match[1]) & 128), tag, value, issuer or "", parameters, malformed)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1])) if match[1].isdecimal() and len(match[1]) == 3 else match[1]


def _issue_value(value: str) -> tuple[str | None, tuple[Parameter, ...]]:
    """RFC 8659 §4.2: an issuer, then parameters apart by semicolons; None if it is malformed."""
    issuer, semicolon, rest = value.partition(";")
    issuer = issuer.strip(" \t")
    pieces = [piece.strip(" \t") for piece in rest.split(";")] if semicolon and rest.strip(" \t") else []
    matches = [_PARAMETER.fullmatch(piece) for piece in pieces]
    if (issuer and not _DOMAIN.fullmatch(issuer)) or not all(matches):
        return None, ()
    return canonical(issuer), tuple(Parameter(m[1].lower(), m[2]) for m in matches if m)


def relevant_set(domain: str, lookup: Lookup, foresee: Foresee = at_once) -> CaaSet:
    """Climb from the name to the first CAA record set. RFC 8659 §3. A CA that gets no answer must not issue."""
    labels = canonical(domain).removeprefix("*.").split(".")
    names = [name for name in (".".join(labels[i:]) for i in range(len(labels))) if queryable(name)]
    foresee([(name, "CAA") for name in names])
    for name in names:
        answer = lookup(name, "CAA")
        if not answer.known:
            return CaaSet("", (), f"CAA {name}: {answer.rcode}")
        if answer.records:
            return _read_set(name, answer.records, answer.authenticated)
    return CaaSet("", ())


def _read_set(name: str, texts: tuple[str, ...], authenticated: bool) -> CaaSet:
    records, errors = [], []
    for text in texts:
        try:
            records.append(parse(text))
        except CaaError as error:
            errors.append(str(error))
    return CaaSet(name, tuple(records), "", tuple(errors), authenticated)


def issuer_domains(organization: str) -> tuple[str, ...]:
    """The CAA names of the authority with this organization in its certificates' issuer; empty if caa.yml lacks it."""
    for name, domains in _issuers().items():
        if organization.lower().startswith(name.lower()):
            return tuple(domains)
    return ()


@cache
def _issuers() -> dict[str, list[str]]:
    table: dict[str, dict[str, list[str]]] = own_table.read(Path(__file__).with_name("caa.yml"))
    return table["issuers"]
