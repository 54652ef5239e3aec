"""One X.509 certificate as a mail administrator needs it: names, dates, key, signature, issuer (RFC 5280, RFC 9525)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

_SERVER = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})


class BadCertificate(ValueError):
    """This is no certificate, or none that can be read; the message says why."""


@dataclass(frozen=True)
class Certificate:
    """begins, ends: its validity. names: DNS names of the subjectAltName; key: ``RSA 2048``, ``P-256`` …

    bits: the key's size; signed_with: the hash of its signature (``sha256``; empty where the algorithm has its own);
    for_servers: its purposes, if it names any, include that of a server; public_key: DER, as `openssl pkey` has it.
    """

    pem: str
    subject: str
    issuer: str
    serial: str
    fingerprint: str
    begins: datetime
    ends: datetime
    names: tuple[str, ...]
    key: str
    bits: int
    signed_with: str
    for_servers: bool
    public_key: bytes

    @property
    def own_issuer(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.subject == self.issuer

    @property
    def lifetime(self) -> float:
        """Days from its beginning to its end."""
        return (self.ends - self.begins).total_seconds() / 86400

    def left(self, now: datetime) -> float:
        """Days that remain; negative once it has ended."""
        return (self.ends - now).total_seconds() / 86400

    def least_left(self, days: float) -> float:
        """Days that must be left: so many, and of a short-lived certificate a sixth of its life."""
        return min(days, self.lifetime / 6)

    def matches(self, host: str) -> bool:
        """Whether it is for this host. RFC 9525 §6.3: a wildcard stands for the whole first label and no more."""
        return any(_covers(name, host) for name in self.names)

    def __str__(self) -> str:
        return f"{self.subject or 'no subject'}, serial {self.serial}, ends {self.ends:%Y-%m-%d}"


def _covers(name: str, host: str) -> bool:
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and rest == name[2:] and "." in rest
    return name == host


@lru_cache(maxsize=512)
def certificate(pem: str) -> Certificate:
    """Read one PEM certificate. Raises BadCertificate."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of serial numbers and versions that other software accepts
            read = x509.load_pem_x509_certificate(pem.encode())
            return _certificate(pem, read)
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError, x509.DuplicateExtension) as error:
        raise BadCertificate(f"{type(error).__name__}: {str(error)[:200]}") from error


def _certificate(pem: str, read: x509.Certificate) -> Certificate:
    key = read.public_key()
    name, bits = _key(key)
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = read.signature_hash_algorithm
    return Certificate(
        pem=pem,
        subject=_printable(read.subject.rfc4514_string()),
        issuer=_printable(read.issuer.rfc4514_string()),
        serial=f"{read.serial_number:x}",
        fingerprint=read.fingerprint(hashes.SHA256()).hex(),
        begins=read.not_valid_before_utc,
        ends=read.not_valid_after_utc,
        names=_names(read),
        key=name,
        bits=bits,
        signed_with=signed.name if signed else "",
        for_servers=_for_servers(read),
        public_key=spki,
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:500]


def _key(key: object) -> tuple[str, int]:
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}", key.key_size
        case ec.EllipticCurvePublicKey():
            return key.curve.name, key.key_size
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256
        case ed448.Ed448PublicKey():
            return "Ed448", 448
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}", key.key_size
        case _:
            return type(key).__name__.removesuffix("PublicKey"), 0


def _names(read: x509.Certificate) -> tuple[str, ...]:
    try:
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(_printable(name) for name in found.get_values_for_type(x509.DNSName))


def _for_servers(read: x509.Certificate) -> bool:
    try:
        found = read.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool(_SERVER & set(found))
