"""A TLS ClientHello written by hand: no library offers what it thinks is too old or too weak, and that is what we ask.

The handshake is never completed: what a server chooses from an offer is in its first answer. An offer of TLS 1.3
brings no key share, so that the server names the group it wants in a HelloRetryRequest (RFC 8446 §4.2.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# RFC 8446 §4.1.2 wants 32 octets that nobody could foresee; nobody relies on those of a session that never begins.
_RANDOM = b"mailassay asks, and says no more"
_CODES = {"SSLv3": 0x0300, "TLSv1.0": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
VERSION_NAMES = {code: name for name, code in _CODES.items()}

# In the order in which they are offered. A certificate whose key is on a curve of NIST can be shown only as long as
# that curve is offered (RFC 8422 §5.1), so these come last.
GROUPS = {
    "X25519MLKEM768": 4588, "SecP256r1MLKEM768": 4587, "SecP384r1MLKEM1024": 4589, "x25519": 29, "x448": 30,
    "brainpoolP256r1tls13": 31, "brainpoolP384r1tls13": 32, "brainpoolP512r1tls13": 33,
    "brainpoolP256r1": 26, "brainpoolP384r1": 27, "brainpoolP512r1": 28,
    "ffdhe2048": 256, "ffdhe3072": 257, "ffdhe4096": 258, "ffdhe6144": 259, "ffdhe8192": 260,
    "secp192r1": 19, "secp224r1": 21, "secp256k1": 22, "secp521r1": 25, "secp384r1": 24, "secp256r1": 23,
}  # fmt: skip
SIGNATURES = {
    "ed25519": 0x0807, "ed448": 0x0808, "ecdsa_sha256": 0x0403, "ecdsa_sha384": 0x0503, "ecdsa_sha512": 0x0603,
    "rsa_pss_rsae_sha256": 0x0804, "rsa_pss_rsae_sha384": 0x0805, "rsa_pss_rsae_sha512": 0x0806,
    "rsa_pss_pss_sha256": 0x0809, "rsa_pss_pss_sha384": 0x080A, "rsa_pss_pss_sha512": 0x080B,
    "rsa_pkcs1_sha256": 0x0401, "rsa_pkcs1_sha384": 0x0501, "rsa_pkcs1_sha512": 0x0601,
    "ecdsa_sha224": 0x0303, "rsa_pkcs1_sha224": 0x0301,
    "ecdsa_sha1": 0x0203, "rsa_pkcs1_sha1": 0x0201, "dsa_sha1": 0x0202, "rsa_pkcs1_md5": 0x0101,
}  # fmt: skip
WEAK_SIGNATURES = ("rsa_pkcs1_md5", "rsa_pkcs1_sha1", "dsa_sha1", "ecdsa_sha1")
FALLBACK_SCSV = 0x5600
_SECURE_RENEGOTIATION_SCSV = 0x00FF


@dataclass(frozen=True)
class Hello:
    """low, high: versions offered; suites: their codes; name: the server's, for SNI, empty for none.

    fallback: say that a better version was tried before (RFC 7507); compression: offer DEFLATE (RFC 3749).
    """

    low: str
    high: str
    suites: tuple[int, ...]
    groups: tuple[str, ...] = tuple(GROUPS)
    signatures: tuple[str, ...] = tuple(SIGNATURES)
    name: str = ""
    fallback: bool = False
    compression: bool = False


def written(hello: Hello) -> bytes:
    """The record that opens the handshake."""
    codes = [*hello.suites, _SECURE_RENEGOTIATION_SCSV, *([FALLBACK_SCSV] if hello.fallback else [])]
    body = (
        _u16(min(_CODES[hello.high], 0x0303))
        + _RANDOM
        + b"\0"  # no session to go on with
        + _vector(b"".join(_u16(code) for code in codes))
        + (b"\x02\x01\x00" if hello.compression else b"\x01\x00")
        + (b"" if hello.high == "SSLv3" else _vector(b"".join(_extensions(hello))))
    )
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16" + _u16(min(_CODES[hello.high], 0x0301)) + _vector(handshake)


def _extensions(hello: Hello) -> Sequence[bytes]:
    found = [
        _extension(10, _vector(b"".join(_u16(GROUPS[group]) for group in hello.groups))),
        _extension(11, b"\x01\x00"),  # points uncompressed (RFC 8422 §5.1.2)
        _extension(23, b""),  # extended master secret (RFC 7627)
        _extension(35, b""),  # session tickets (RFC 5077)
    ]
    if hello.name:
        found.insert(0, _extension(0, _vector(b"\0" + _vector(hello.name.encode("ascii", "replace")))))
    if hello.high in ("TLSv1.2", "TLSv1.3"):
        found.append(_extension(13, _vector(b"".join(_u16(SIGNATURES[each]) for each in hello.signatures))))
    if hello.high == "TLSv1.3":
        versions = [code for name, code in _CODES.items() if _CODES[hello.low] <= code <= _CODES[hello.high]]
        octets = b"".join(_u16(code) for code in reversed(versions))
        found += [
            _extension(43, bytes([len(octets)]) + octets),
            _extension(45, b"\x01\x01"),
            _extension(51, _vector(b"")),
        ]
    return found


def _extension(kind: int, content: bytes) -> bytes:
    return _u16(kind) + _vector(content)


def _vector(content: bytes) -> bytes:
    return _u16(len(content)) + content


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")
