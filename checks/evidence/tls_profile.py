"""What a TLS port may agree to, by the name of whoever says so (checks/tls_profiles.yml): versions, suites, groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.evidence import own_table

VERSIONS = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")


# Servers that let the client choose take the first that they have, and some break off at Diffie-Hellman, since they
# lack the prime for it: what works everywhere is offered first.
_EXCHANGES = ("TLS_ECDHE_", "TLS_RSA_", "TLS_ECDH_", "TLS_DHE_", "TLS_DH_")


@cache
def suites() -> Mapping[str, int]:
    """Every cipher suite by its IANA name, with its code, in the order in which they are offered."""
    text = Path(__file__).with_name("tls_suites.txt").read_text("ascii")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    rows.sort(key=lambda row: (next((i for i, word in enumerate(_EXCHANGES) if row[1].startswith(word)), -1), row[0]))
    return MappingProxyType({name: int(code, 16) for code, name in rows})


@cache
def suite_names() -> Mapping[int, str]:
    """The same the other way round."""
    return MappingProxyType({code: name for name, code in suites().items()})


def of_version(name: str, version: str) -> bool:
    """Whether this version of TLS has this suite: those of 1.3 are its own (RFC 8446 §B.4)."""
    return ("_WITH_" not in name) == (version == "TLSv1.3")


@dataclass(frozen=True)
class Profile:
    """See tls_profiles.yml; a glob is meant wherever it says names."""

    name: str
    title: str
    authority: str
    versions: Sequence[str]
    suites: Sequence[str]
    groups: Sequence[str]
    dh_bits: int
    rsa_bits: int
    never: Sequence[str] = ()
    weaker: Sequence[str] = ()
    sha1: bool = True

    def allows_suite(self, name: str) -> bool:
        """Whether a port may agree to this suite. Unlisted codes (``0xABCD``) are no part of any profile."""
        return _any(name, self.suites) and not _any(name, self.never) and not name.startswith("0x")

    def allows_group(self, name: str) -> bool:
        """Whether keys may be agreed on in this group; ``dh 1024`` is a Diffie-Hellman prime of so many bits."""
        kind, _, bits = name.partition(" ")
        if kind == "dh":
            return bool(self.dh_bits) and bits.isdecimal() and int(bits) >= self.dh_bits
        return _any(name, self.groups)

    def is_weaker(self, name: str) -> bool:
        """Whether this suite is allowed only for those who can do no better."""
        return _any(name, self.weaker)


def _any(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


@cache
def profiles() -> Mapping[str, Profile]:
    """All profiles, by name."""
    table: dict[str, Any] = own_table.read(Path(__file__).parents[1].joinpath("tls_profiles.yml"))
    return MappingProxyType({name: Profile(name, **row) for name, row in table.items()})
