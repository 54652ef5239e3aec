"""DKIM keys: the public key in the DNS, and whether it belongs to the private key on the host (RFC 6376 §3.6.1)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from checks.evidence import tag_list

PublicKey = RSAPublicKey | Ed25519PublicKey

_KNOWN_TAGS = ("v", "h", "k", "n", "p", "s", "t", "g")  # g: RFC 4871, ignored since RFC 6376 §C.2
_WHITE_SPACE = re.compile(r"[ \t\r\n]+")


class DkimKeyError(ValueError):
    """A key record that no verifier can use; says why."""


class KeyFileError(ValueError):
    """A key file that cannot be read as a key; says why."""


@dataclass(frozen=True)
class DkimKey:
    """A key record. RFC 6376 §3.6.1.

    key_type: ``rsa`` or ``ed25519``. bits: size of the key, 0 if it is revoked.
    hashes: of the h= tag, None where it allows all. services: of s=, ``*`` by default. flags: of t=.
    public_key: None if it is revoked. remarks: what is unusual though allowed.
    """

    text: str
    key_type: str
    bits: int
    hashes: tuple[str, ...] | None
    services: tuple[str, ...]
    flags: tuple[str, ...]
    notes: str
    public_key: PublicKey | None
    remarks: tuple[str, ...]

    @property
    def revoked(self) -> bool:
        """p= is there and empty: RFC 6376 §3.6.1."""
        return self.public_key is None

    @property
    def testing(self) -> bool:
        """t=y: verifiers must not treat a bad signature otherwise than none."""
        return "y" in self.flags

    @property
    def strict(self) -> bool:
        """t=s: the signature's i= must not be a subdomain of its d=."""
        return "s" in self.flags

    @property
    def allows_sha256(self) -> bool:
        """RFC 8301 §3.1: rsa-sha1 must not be used, so a key that excludes sha256 signs nothing."""
        return self.hashes is None or "sha256" in self.hashes

    @property
    def allows_email(self) -> bool:
        return "*" in self.services or "email" in self.services


def parse(text: str) -> DkimKey:
    """Read the TXT record at a selector. Raises DkimKeyError."""
    if "\\" in text:
        raise DkimKeyError("a backslash stands in the record: the zone file's \\; became part of it")
    tags = tag_list.parse(text)
    if tags.errors:
        raise DkimKeyError(tags.errors[0])
    version = tags.get("v")
    if version is not None and (version != "DKIM1" or tags.tags[0].name != "v"):
        raise DkimKeyError("v= must be the first tag and its value DKIM1")
    published = tags.get("p")
    if published is None:
        raise DkimKeyError("there is no p= tag, so no key")
    key_type = tags.get("k") or "rsa"
    public_key = _public_key(key_type, _WHITE_SPACE.sub("", published))
    return DkimKey(
        text, key_type, _bits(public_key), _colon_list(tags.get("h")) or None,
        _colon_list(tags.get("s")) or ("*",), _colon_list(tags.get("t")), tags.get("n") or "",
        public_key, _remarks(tags, version),
    )  # fmt: skip


def _colon_list(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(":") if part.strip())


def _remarks(tags: tag_list.TagList, version: str | None) -> tuple[str, ...]:
    remarks = [f"the tag {tag.name}= is unknown and ignored" for tag in tags.tags if tag.name not in _KNOWN_TAGS]
    remarks += [f"the flag t={flag} is unknown" for flag in _colon_list(tags.get("t")) if flag not in ("y", "s")]
    return (*([] if version else ["v=DKIM1 is recommended and absent"]), *remarks)


def _public_key(key_type: str, encoded: str) -> PublicKey | None:
    if key_type not in ("rsa", "ed25519"):
        raise DkimKeyError(f"k={key_type[:40]} is not a key type that verifiers know: rsa, ed25519")
    if not encoded:
        return None
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DkimKeyError(f"p= is not base64: {error}") from error
    return _rsa(octets) if key_type == "rsa" else _ed25519(octets)


def _rsa(octets: bytes) -> RSAPublicKey:
    """A SubjectPublicKeyInfo, as all signers publish, or the bare RSAPublicKey that RFC 6376 §3.6.1 names."""
    try:
        key = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise DkimKeyError("p= is base64 but not an RSA public key: cut short, or not a key at all") from error
    if not isinstance(key, RSAPublicKey):
        raise DkimKeyError("p= holds a key of another type than k=rsa says")
    return key


def _ed25519(octets: bytes) -> Ed25519PublicKey:
    """RFC 8463 §4.2: the 32 octets of the key alone, not a SubjectPublicKeyInfo."""
    if len(octets) != 32:
        wrapped = ": it is wrapped as a SubjectPublicKeyInfo" if len(octets) == 44 else ""
        raise DkimKeyError(f"an Ed25519 key has 32 octets, p= has {len(octets)}{wrapped}")
    return Ed25519PublicKey.from_public_bytes(octets)


def _bits(key: PublicKey | None) -> int:
    if key is None:
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 256


def public_key_of(material: bytes) -> PublicKey:
    """The public half of a key file: private or public, PEM or DER or base64 of DER. Raises KeyFileError."""
    pem = b"-----BEGIN" in material
    key = _load(material if pem else _from_base64(material), pem)
    if isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        return key.public_key()
    if isinstance(key, RSAPublicKey | Ed25519PublicKey):
        return key
    raise KeyFileError("the key is neither RSA nor Ed25519")


def _load(material: bytes, pem: bool) -> object:
    private = load_pem_private_key if pem else load_der_private_key
    public = load_pem_public_key if pem else load_der_public_key
    try:
        return private(material, password=None)
    except TypeError as error:
        raise KeyFileError("the key is encrypted with a password") from error
    except (ValueError, UnsupportedAlgorithm):
        pass
    try:
        return public(material)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError("this is not a key") from error


def _from_base64(material: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(material.split()), validate=True)
    except (binascii.Error, ValueError):
        return material


def same_key(material: bytes, key: DkimKey) -> bool:
    """Does this key file, private or public, belong to the record? A revoked record to none. Raises KeyFileError."""
    return key.public_key is not None and _raw(public_key_of(material)) == _raw(key.public_key)


def _raw(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
