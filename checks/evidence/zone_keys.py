"""DKIM keys in the zones that a DNS server on a host serves: all, also those that nobody signs with any more."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checks.evidence import dkim_key
from checks.evidence.awk import program
from checks.evidence.names import joined

LEAST_BITS = 1024  # RFC 8301 §3.2
_ZONES = 100  # of one command
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?")
_ROW = re.compile(r"(zone|unread) (\S{1,254})|(key) (\S{1,254}) (\S.*)")
_KNOT = (
    "command -v knotc >/dev/null || exit 127; knotc status >/dev/null 2>&1 || exit 3; for z in {names}; do "
    'knotc zone-read "$z" 2>&1 | LC_ALL=C awk -v zone="$z" {keys}; done; true'
)
# named-checkconf -p writes one statement a line; what stands at its begin is no zone of a view any more.
_LISTED = (
    'function told() { if (z != "" && f != "") print z "\\t" (f ~ /^\\// ? f : d "/" f); z = f = "" } '
    '/^[a-z]/ { told() } split($0, q, "\\"") && /^[ \\t]*directory "/ { d = q[2] } '
    '/^[ \\t]*zone "/ { told(); z = tolower(q[2]); sub(/[.]$/, "", z) } '
    '/^[ \\t]*file "/ && f == "" { f = q[2] } END { told() }'
)
# -i none and -k ignore: it is only written out, and nobody else's names are looked up; secondary zones are raw.
_BIND = (
    "command -v named-checkconf >/dev/null && command -v named-checkzone >/dev/null || exit 127; "
    "named-checkconf -p 2>/dev/null | LC_ALL=C awk {listed} | while IFS='\t' read -r z f; do "
    'case " {names} " in *" $z "*) ;; *) continue;; esac; '
    'for how in text raw; do named-checkzone -j -i none -k ignore -f $how -D -o - "$z" "$f" 2>/dev/null | '
    'LC_ALL=C awk -v zone="$z" {keys} | grep . && continue 2; done; echo "unread $z"; done; true'
)
_OF = {"knot": _KNOT, "named": _BIND}
SERVERS = tuple(_OF)


@dataclass(frozen=True)
class Key:
    """A record under _domainkey: what it is for, and what it says."""

    selector: str
    domain: str
    text: str

    @property
    def weak(self) -> str:
        """Where it stands and why it is weak; empty if it is not, or no key that verifiers could use (revoked)."""
        said = too_weak(self.text)
        return f"{self.selector}._domainkey.{self.domain}: {said}" if said else ""


def too_weak(text: str) -> str:
    """Why a published key is weak; empty if it is not, is revoked, or is none that verifiers know."""
    try:
        key = dkim_key.parse(text)
    except dkim_key.DkimKeyError:
        return ""
    weak = key.key_type == "rsa" and not key.revoked and key.bits < LEAST_BITS
    return f"an RSA key of {key.bits} bits" if weak else ""


def queries(server: str, domains: Iterable[str]) -> tuple[str, ...]:
    """The commands that tell the keys in the server's zones of these domains. server: as services.yml has it."""
    wanted = (name for domain in domains for name in _with_parents(domain.lower()) if _NAME.fullmatch(name))
    names = list(dict.fromkeys(wanted))
    parts = (names[at : at + _ZONES] for at in range(0, len(names), _ZONES))
    words = {"keys": shlex.quote(program("zone_keys")), "listed": shlex.quote(_LISTED)}
    made = (_OF[server].format(names=" ".join(each), **words) for each in parts)
    return tuple(f"sudo sh -c {shlex.quote(text)}" for text in made)


def _with_parents(domain: str) -> Iterator[str]:
    """The names that its zone may have."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


def keys(text: str) -> Mapping[str, tuple[Key, ...] | None]:
    """By zone the keys in it; None for a zone that could not be read."""
    found: dict[str, tuple[Key, ...] | None] = {}
    zone = ""
    for row in filter(None, map(_ROW.fullmatch, text.splitlines())):
        if row[3] and zone:
            found[zone] = (*(found[zone] or ()), *_key(row[4], row[5]))
        elif row[1]:
            zone = row[2] if row[1] == "zone" else ""
            found[row[2]] = found.get(row[2]) or (() if zone else None)
    return found


def _key(owner: str, presentation: str) -> Iterator[Key]:
    selector, parted, domain = owner.lower().rstrip(".").partition("._domainkey.")
    if parted:
        yield Key(selector, domain, joined(presentation))
