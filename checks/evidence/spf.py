"""SPF records: which of a domain's TXT records is one, and what it says (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence import spf_macro

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
# RFC 7208 §4.6.4: these terms, and redirect, cost a lookup; a record may cost ten.
LOOKUP_MECHANISMS = ("include", "a", "mx", "ptr", "exists")

_DIRECTIVE = re.compile(r"([+\-?~]?)([A-Za-z][A-Za-z0-9]*)(.*)", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.DOTALL)
# RFC 7208 §5.6: no leading zeros; an a or mx may have both lengths, as in /24//64.
_DUAL_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?\Z")
_QNUM = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IP4 = re.compile(rf"({_QNUM}(?:\.{_QNUM}){{3}})(?:/(0|[1-9][0-9]?))?")
_IP6 = re.compile(r"([0-9A-Fa-f:.]{2,45})(?:/(0|[1-9][0-9]{0,2}))?")
_ADDRESS = re.compile(rf"{_QNUM}(?:\.{_QNUM}){{3}}")
_TOPLABEL = re.compile(r"(?=.*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


class SpfSyntaxError(ValueError):
    """A record that every receiver answers with permerror; says which term and why."""


@dataclass(frozen=True)
class Directive:
    """A qualifier and its mechanism. RFC 7208 §4.6.1.

    qualifier: ``+``, ``-``, ``~`` or ``?``. domain_spec: empty where the record's own domain is meant.
    network: of ip4 and ip6. prefix4, prefix6: the lengths after a and mx. text: as written.
    """

    qualifier: str
    mechanism: str
    domain_spec: str
    network: Network | None
    prefix4: int
    prefix6: int
    text: str

    @property
    def target(self) -> spf_macro.MacroString:
        """The domain-spec, parsed."""
        return spf_macro.parse(self.domain_spec)


@dataclass(frozen=True)
class Modifier:
    """name=value, as RFC 7208 §6 defines it. name: in lower case."""

    name: str
    value: str
    text: str


@dataclass(frozen=True)
class SpfRecord:
    """A record without syntax errors, in its own order. Empty redirect and exp: there is none."""

    text: str
    directives: tuple[Directive, ...]
    modifiers: tuple[Modifier, ...]

    @property
    def redirect(self) -> str:
        return next((m.value for m in self.modifiers if m.name == "redirect"), "")

    @property
    def exp(self) -> str:
        return next((m.value for m in self.modifiers if m.name == "exp"), "")

    @property
    def all(self) -> Directive | None:
        """The first ``all``: what follows it is never looked at (RFC 7208 §5.1)."""
        return next((d for d in self.directives if d.mechanism == "all"), None)


def select(txt: Iterable[str]) -> tuple[str, ...]:
    """The TXT records that are SPF records. RFC 7208 §4.5: ``v=spf1`` and then a space or the end."""
    return tuple(t for t in txt if t[:7].lower() == "v=spf1 " or t.lower() == "v=spf1")


def parse(text: str) -> SpfRecord:
    """Read one selected record. Raises SpfSyntaxError: RFC 7208 §4.6: an error anywhere spoils the whole record."""
    directives: list[Directive] = []
    modifiers: list[Modifier] = []
    for term in text[6:].split(" "):
        if match := _MODIFIER.fullmatch(term):
            modifiers.append(_modifier(match))
        elif term:
            directives.append(_directive(term))
    for name in ("redirect", "exp"):
        if sum(m.name == name for m in modifiers) > 1:
            raise SpfSyntaxError(f"{name}= stands in the record more than once")
    return SpfRecord(text, tuple(directives), tuple(modifiers))


def _modifier(match: re.Match[str]) -> Modifier:
    modifier = Modifier(match[1].lower(), match[2], match[0])
    if modifier.name in ("redirect", "exp"):
        _check_domain_spec(modifier.value, modifier.text)
    else:
        _check_macros(modifier.value, modifier.text)
    return modifier


def _directive(term: str) -> Directive:
    match = _DIRECTIVE.fullmatch(term)
    mechanism = match[2].lower() if match else ""
    if not match or mechanism not in MECHANISMS:
        raise SpfSyntaxError(f"{_shown(term)} is not a mechanism of SPF")
    qualifier, rest = match[1] or "+", match[3]
    if mechanism in ("ip4", "ip6"):
        return Directive(qualifier, mechanism, "", _network(mechanism, rest, term), 32, 128, term)
    domain_spec, prefix4, prefix6 = _argument(mechanism, rest, term)
    return Directive(qualifier, mechanism, domain_spec, None, prefix4, prefix6, term)


def _argument(mechanism: str, rest: str, term: str) -> tuple[str, int, int]:
    """What follows a mechanism's name: its domain-spec and both prefix lengths."""
    prefix4, prefix6 = 32, 128
    if mechanism in ("a", "mx"):
        cidr = _DUAL_CIDR.search(rest)
        if cidr and cidr[0]:
            prefix4, prefix6 = int(cidr[1] or 32), int(cidr[2] or 128)
            rest = rest[: cidr.start()]
        if prefix4 > 32 or prefix6 > 128:
            raise SpfSyntaxError(f"{_shown(term)}: the prefix is longer than an address")
    if mechanism in ("include", "exists") and not rest.startswith(":"):
        raise SpfSyntaxError(f"{_shown(term)} names no domain")
    if not rest:
        return "", prefix4, prefix6
    if mechanism == "all" or not rest.startswith(":"):
        raise SpfSyntaxError(f"{_shown(term)}: {_shown(rest)} cannot follow {mechanism}")
    _check_domain_spec(rest[1:], term)
    return rest[1:], prefix4, prefix6


def _network(mechanism: str, rest: str, term: str) -> Network:
    match = (_IP4 if mechanism == "ip4" else _IP6).fullmatch(rest[1:]) if rest.startswith(":") else None
    if not match:
        raise SpfSyntaxError(f"{_shown(term)} is not {mechanism}: and an address with an optional prefix length")
    try:
        if mechanism == "ip4":
            return ipaddress.IPv4Network((match[1], int(match[2] or 32)), strict=False)
        return ipaddress.IPv6Network((match[1], int(match[2] or 128)), strict=False)
    except ValueError as error:
        raise SpfSyntaxError(f"{_shown(term)}: {error}") from error


def _check_domain_spec(spec: str, term: str) -> None:
    """RFC 7208 §7.1: a macro-string that ends in a macro, or in a dot and a label that is not all digits."""
    parts = _check_macros(spec, term)
    if not spec:
        raise SpfSyntaxError(f"{_shown(term)} names no domain")
    if _ADDRESS.fullmatch(spec):
        raise SpfSyntaxError(f"{_shown(term)}: an address is written ip4:{spec}")
    ends_in_macro = isinstance(parts[-1], spf_macro.Expand) or parts[-1] in spf_macro.ESCAPED
    _, dot, toplabel = spec.removesuffix(".").rpartition(".")
    if not ends_in_macro and not (dot and _TOPLABEL.fullmatch(toplabel)):
        raise SpfSyntaxError(f"{_shown(term)}: {_shown(spec)} is not a domain name of two labels or more")


def _check_macros(spec: str, term: str) -> spf_macro.MacroString:
    try:
        return spf_macro.parse(spec)
    except spf_macro.MacroSyntaxError as error:
        raise SpfSyntaxError(f"{_shown(term)}: {error}") from error


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "…")
