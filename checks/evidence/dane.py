"""DANE: the TLSA records that pin a mail server's certificate or its authority, and whether they match (RFC 7672)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from checks.evidence.lookup import Lookup, canonical

# RFC 6698 §2.1, with the names of RFC 7218 §2.
USAGES = {0: "PKIX-TA", 1: "PKIX-EE", 2: "DANE-TA", 3: "DANE-EE"}
SELECTORS = {0: "Cert", 1: "SPKI"}
_DIGEST_OCTETS = {1: 32, 2: 64}
_PRESENTATION = re.compile(r"([0-9]{1,3})\s+([0-9]{1,3})\s+([0-9]{1,3})\s+([0-9A-Fa-f\s]*)")


class TlsaError(ValueError):
    """A TLSA record, certificate or key that cannot be read."""


@dataclass(frozen=True)
class Tlsa:
    """A TLSA record. data: the certificate association data. RFC 6698 §2.1."""

    usage: int
    selector: int
    matching_type: int
    data: bytes

    @property
    def parameters(self) -> str:
        """As administrators say it: ``3 1 1``."""
        return f"{self.usage} {self.selector} {self.matching_type}"

    @property
    def unusable(self) -> str:
        """Why SMTP clients skip the record, empty if they can use it. RFC 7672 §3.1."""
        if self.usage in (0, 1):
            return f"usage {self.usage} {USAGES[self.usage]} is not for SMTP (RFC 7672 §3.1.3)"
        if self.usage not in USAGES or self.selector not in SELECTORS or self.matching_type not in (0, 1, 2):
            return f"{self.parameters} has a number that RFC 6698 does not define"
        wanted = _DIGEST_OCTETS.get(self.matching_type)
        if wanted and len(self.data) != wanted:
            return f"matching type {self.matching_type} needs {wanted} octets, the record has {len(self.data)}"
        return "" if wanted or self._is_whole() else "the data of matching type 0 is not what the selector says"

    def _is_whole(self) -> bool:
        try:
            load = x509.load_der_x509_certificate if self.selector == 0 else load_der_public_key
            load(self.data)
        except (ValueError, UnsupportedAlgorithm):
            return False
        return True

    def matches_key(self, spki: bytes) -> bool:
        """Does a record with selector 1 pin this public key (DER)? For the key that is next in turn."""
        return not self.unusable and self.selector == 1 and self._digest(spki) == self.data

    def matches_certificate(self, certificate: x509.Certificate) -> bool:
        """Is the data that of this certificate or its key? Says nothing of names, dates and issuers."""
        whole = certificate.public_bytes(Encoding.DER) if self.selector == 0 else spki_of(certificate)
        return not self.unusable and self._digest(whole) == self.data

    def _digest(self, octets: bytes) -> bytes:
        digests = {1: hashlib.sha256, 2: hashlib.sha512}
        return digests[self.matching_type](octets).digest() if self.matching_type in digests else octets


@dataclass(frozen=True)
class TlsaSet:
    """The TLSA records of a server. owner: their name.

    state: ``records``; ``none``; ``insecure``: not validated by DNSSEC, so that senders ignore them (RFC 7672 §2.2);
    or ``unknown``: no answer, with which senders defer mail (RFC 7672 §2.1.2).
    """

    owner: str
    state: str
    records: tuple[Tlsa, ...] = ()
    errors: tuple[str, ...] = ()
    rcode: str = "NOERROR"

    @property
    def usable(self) -> tuple[Tlsa, ...]:
        return tuple(record for record in self.records if not record.unusable)


def parse(text: str) -> Tlsa:
    """Read a record in presentation format. Raises TlsaError."""
    match = _PRESENTATION.fullmatch(text.strip())
    digits = re.sub(r"\s", "", match[4]) if match else ""
    if not match or not digits or len(digits) % 2:
        raise TlsaError(f"{text[:60]!r} is not three numbers and hexadecimal data")
    return Tlsa(int(match[1]), int(match[2]), int(match[3]), bytes.fromhex(digits))


def tlsa_set(host: str, lookup: Lookup, port: int = 25) -> TlsaSet:
    """The TLSA records of a server's port."""
    owner = f"_{port}._tcp.{canonical(host)}"
    answer = lookup(owner, "TLSA")
    if not answer.known:
        return TlsaSet(owner, "unknown", rcode=answer.rcode)
    records, errors = [], []
    for text in answer.records:
        try:
            records.append(parse(text))
        except TlsaError as error:
            errors.append(str(error))
    state = "none" if answer.void else "records" if answer.authenticated else "insecure"
    return TlsaSet(owner, state, tuple(records), tuple(errors), answer.rcode)


def rollover_ready(records: Iterable[Tlsa]) -> bool:
    """Can the key change without a moment in which nothing matches? RFC 7671 §8.1, §8.4.

    Either a second key is published already (two differing DANE-EE records), or the authority is pinned beside it.
    """
    usable = [record for record in records if not record.unusable]
    own = {(r.selector, r.matching_type, r.data) for r in usable if r.usage == 3}
    kinds = [(selector, matching_type) for selector, matching_type, _ in own]
    return len(kinds) > len(set(kinds)) or (bool(own) and any(r.usage == 2 for r in usable))


def spki_of(holder: x509.Certificate) -> bytes:
    """The SubjectPublicKeyInfo of a certificate."""
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spki_of_pem(pem: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate or key file, private or public. Raises TlsaError."""
    try:
        if b"CERTIFICATE-----" in pem:
            return spki_of(x509.load_pem_x509_certificate(pem))
        key = load_pem_private_key(pem, None).public_key() if b"PRIVATE KEY" in pem else load_pem_public_key(pem)
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise TlsaError(f"this is not a certificate or key: {error}") from error
