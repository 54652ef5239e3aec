"""Does the chain that a mail server presents satisfy its TLSA records, as a sending server decides it (RFC 7672 §3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from checks.evidence.dane import Tlsa, TlsaError

# Longer chains are not followed: none that a client accepts is nearly as long.
_MAX_CHAIN = 20
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")


@dataclass(frozen=True)
class Attempt:
    """One record held against the chain. why: what keeps it from matching, empty if it matches."""

    record: Tlsa
    why: str


@dataclass(frozen=True)
class DaneMatch:
    """All records held against one chain."""

    attempts: tuple[Attempt, ...]

    @property
    def matched(self) -> tuple[Tlsa, ...]:
        return tuple(attempt.record for attempt in self.attempts if not attempt.why)

    @property
    def usable(self) -> bool:
        """Is there a record that SMTP clients can use? Without one they only encrypt (RFC 7672 §2.2)."""
        return any(not attempt.record.unusable for attempt in self.attempts)


def load_chain(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, in its order: the server's own first. Raises TlsaError."""
    blocks = _BLOCK.findall(pem)[:_MAX_CHAIN]
    try:
        chain = tuple(x509.load_pem_x509_certificate(block) for block in blocks)
        for certificate in chain:
            certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise TlsaError(f"a certificate of the chain cannot be read: {error}") from error
    if not chain:
        raise TlsaError("there is no certificate in this text")
    return chain


def match_chain(records: Iterable[Tlsa], pem: bytes, names: Iterable[str], at: datetime) -> DaneMatch:
    """Hold each record against the chain at a time with zone. Raises TlsaError if the chain cannot be read.

    names: those a sender accepts: the MX host and the mail domain (RFC 7672 §3.2.2).
    """
    chain = load_chain(pem)
    wanted = [name.lower().removesuffix(".") for name in names]
    path = _path(chain)
    return DaneMatch(tuple(Attempt(record, _why_not(record, chain, path, wanted, at)) for record in records))


def _why_not(
    record: Tlsa,
    chain: Sequence[x509.Certificate],
    path: Sequence[x509.Certificate],
    names: Sequence[str],
    at: datetime,
) -> str:
    if record.unusable:
        return record.unusable
    if record.usage == 3:
        # RFC 7672 §3.1.1: names and dates of the certificate do not matter.
        return "" if record.matches_certificate(chain[0]) else "it is not that of the server's certificate"
    if record.matching_type == 0 and record.selector == 0:
        path = _path((*chain, x509.load_der_x509_certificate(record.data)))  # RFC 7671 §5.2.2: it need not be sent
    pinned = next((i for i, issuer in enumerate(path) if i and record.matches_certificate(issuer)), None)
    if pinned is None:
        return "no authority above the server's certificate has it, or the chain to it does not hold"
    for certificate in path[: pinned + 1]:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            return f"{certificate.subject.rfc4514_string()[:80]} is not valid at this time"
    if not any(name_matches(pattern, name) for pattern in dns_names(chain[0]) for name in names):
        return f"the certificate names none of {', '.join(names)}"
    return ""


def _path(chain: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the server's certificate upwards, each signed by the next, in whatever order they were sent."""
    path, pool = [chain[0]], list(chain[1:])
    while issuer := next((candidate for candidate in pool if _issued(candidate, path[-1])), None):
        pool.remove(issuer)
        path.append(issuer)
    return path


_NO_EXTENSION = (x509.ExtensionNotFound, x509.DuplicateExtension)
_UNFIT = (*_NO_EXTENSION, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
        certificate.verify_directly_issued_by(issuer)
    except _UNFIT:
        return False
    return basic.value.ca


def dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The DNS names of a certificate's subjectAltName; its common name is none (RFC 9525 §2)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))


def name_matches(pattern: str, name: str) -> bool:
    """RFC 9525 §6.3: equal, or ``*`` for the whole of the first label."""
    pattern, name = pattern.lower().removesuffix("."), name.lower().removesuffix(".")
    if pattern.startswith("*."):
        label, _, parent = name.partition(".")
        return bool(label) and "." in parent and parent == pattern[2:]
    return pattern == name
