"""A TLS server's first answer, read: what it chose, or its alert. Hostile input: every length is checked.

Up to TLS 1.2 certificate and key exchange follow in the clear (RFC 5246 §7.4); in 1.3 no more than this is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from checks.evidence.client_hello import GROUPS, SIGNATURES, VERSION_NAMES
from checks.evidence.tls_profile import suite_names

MOST_OCTETS = 65536
_GROUP_NAMES = {code: name for name, code in GROUPS.items()}
_SIGNATURE_NAMES = {code: name for name, code in SIGNATURES.items()}
# RFC 8446 §B.2.
_ALERTS = {
    10: "unexpected message", 20: "bad record", 22: "record overflow", 40: "handshake failure", 42: "bad certificate",
    43: "unsupported certificate", 46: "certificate unknown", 47: "illegal parameter", 49: "access denied",
    50: "decode error", 70: "protocol version", 71: "insufficient security", 80: "internal error",
    86: "inappropriate fallback", 90: "user canceled", 109: "missing extension", 110: "unsupported extension",
    112: "unrecognized name", 116: "certificate required", 120: "no application protocol",
}  # fmt: skip
_WARNING_ONLY = (112,)  # RFC 6066 §3: a server that does not know the name may say so, and go on


class NotTls(ValueError):
    """What came is no TLS."""


@dataclass(frozen=True)
class Alert:
    """The server will not."""

    name: str


@dataclass(frozen=True)
class Choice:
    """What the server chose. group: for key exchange (``dh 1024``: a prime of its own); signature: of TLS 1.2's key.

    extensions: codes of those it answered; whole: nothing more will follow in the clear; asks_certificate: it wants to
    see one of the client's.
    """

    version: str
    suite: str
    compression: int = 0
    group: str = ""
    signature: str = ""
    extensions: frozenset[int] = frozenset()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    whole: bool = False
    asks_certificate: bool = False


def read(octets: bytes) -> Choice | Alert | None:
    """What the answer says; None while too little of it has come. Raises NotTls."""
    try:
        return _read(octets)
    except (IndexError, _Short):
        return None


class _Short(Exception):
    """A length reaches beyond what there is."""


def _read(octets: bytes) -> Choice | Alert | None:
    handshake, alert = _records(octets)
    choice: Choice | None = None
    for kind, body in _messages(handshake):
        if kind == 2:
            choice = _server_hello(body)
        elif choice is None:
            raise NotTls(f"a handshake message of kind {kind} came first")
        elif kind == 11:
            choice = replace(choice, certificates=tuple(_certificates(body)))
        elif kind == 12:
            choice = _key_exchange(choice, body)
        elif kind == 13:
            choice = replace(choice, asks_certificate=True)
        elif kind == 14:
            choice = replace(choice, whole=True)
    return choice or alert


def _records(octets: bytes) -> tuple[bytes, Alert | None]:
    """The handshake's octets so far, and the alert that ended it."""
    handshake, alert, at = b"", None, 0
    while at < len(octets):
        kind = octets[at]
        if kind not in (20, 21, 22, 23) or (len(octets) > at + 1 and octets[at + 1] != 3):
            raise NotTls("this is no TLS record")
        size = int.from_bytes(octets[at + 3 : at + 5], "big")
        content = octets[at + 5 : at + 5 + size]
        if len(octets) < at + 5 or len(content) < size:
            break
        if kind == 22:
            handshake += content
        elif kind == 21 and len(content) == 2 and (content[0] == 2 or content[1] not in _WARNING_ONLY):
            alert = Alert(_ALERTS.get(content[1], f"alert {content[1]}"))
            break
        elif kind in (20, 23):
            break  # encrypted from here on
        at += 5 + size
    return handshake, alert


def _messages(handshake: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(handshake):
        size = int.from_bytes(handshake[at + 1 : at + 4], "big")
        if size > MOST_OCTETS:
            raise NotTls(f"a handshake message of {size} octets")
        if at + 4 + size > len(handshake):
            return
        yield handshake[at], handshake[at + 4 : at + 4 + size]
        at += 4 + size


class _Cursor:
    """Reads a message from its beginning on. Raises NotTls where a length reaches beyond its end."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def take(self, count: int) -> bytes:
        piece = self.body[self.at : self.at + count]
        if len(piece) < count:
            raise NotTls("a message that ends too early")
        self.at += count
        return piece

    def number(self, octets: int) -> int:
        return int.from_bytes(self.take(octets), "big")

    def vector(self, octets: int) -> bytes:
        return self.take(self.number(octets))

    @property
    def left(self) -> bool:
        return self.at < len(self.body)


def _server_hello(body: bytes) -> Choice:
    cursor = _Cursor(body)
    version = cursor.number(2)
    cursor.take(32)
    cursor.vector(1)
    suite, compression = cursor.number(2), cursor.number(1)
    extensions = dict(_extensions(cursor.vector(2))) if cursor.left else {}
    if 43 in extensions:  # RFC 8446 §4.2.1: the version that is really meant
        version = int.from_bytes(extensions[43][:2], "big")
    group = int.from_bytes(extensions.get(51, b"")[:2], "big")
    return Choice(
        VERSION_NAMES.get(version, f"0x{version:04X}"),
        suite_names().get(suite, f"0x{suite:04X}"),
        compression,
        _group(group) if group else "",
        extensions=frozenset(extensions),
        whole=version == 0x0304,
    )


def _extensions(octets: bytes) -> Iterator[tuple[int, bytes]]:
    cursor = _Cursor(octets)
    while cursor.left:
        yield cursor.number(2), cursor.vector(2)


def _certificates(body: bytes) -> Iterator[bytes]:
    cursor = _Cursor(_Cursor(body).vector(3))
    while cursor.left:
        yield cursor.vector(3)


def _key_exchange(choice: Choice, body: bytes) -> Choice:
    """RFC 8422 §5.4, RFC 5246 §7.4.3: a named curve, or a Diffie-Hellman prime; then the signature over it."""
    cursor = _Cursor(body)
    if "_ECDH" in choice.suite:
        if cursor.number(1) != 3:
            return replace(choice, group="curve of its own")
        group = _group(cursor.number(2))
        cursor.vector(1)
    elif "_DH" in choice.suite:
        group = f"dh {int.from_bytes(cursor.vector(2), 'big').bit_length()}"
        cursor.vector(2), cursor.vector(2)
    elif "_RSA_EXPORT" in choice.suite:
        return replace(choice, group=f"rsa {int.from_bytes(cursor.vector(2), 'big').bit_length()}")
    else:
        return choice
    if choice.version != "TLSv1.2" or "_anon_" in choice.suite:
        return replace(choice, group=group)
    code = cursor.number(2)
    return replace(choice, group=group, signature=_SIGNATURE_NAMES.get(code, f"0x{code:04X}"))


def _group(code: int) -> str:
    return _GROUP_NAMES.get(code, f"group {code}")
