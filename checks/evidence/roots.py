"""The authorities that this machine trusts: which roots of its store, and of a file the site names, bear a name.

A question names one issuer, so that a transcript holds just the roots that matter, and judges the same anywhere.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from checks.evidence.certificate import BadCertificate, Certificate, certificate
from checks.evidence.observe import CONTROLLER, Vantage
from checks.evidence.transcript import Answer, Question

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_FURTHER = " or in "


def question(issuer: str, further: str) -> Question:
    """Which roots have this subject, in the system's store or in a file of further ones (empty: none)."""
    return Question(CONTROLLER, "roots", f"{issuer}{_FURTHER}{further}" if further else issuer)


async def probe(asked: Question, _: Vantage) -> Answer:
    """The roots in PEM. outcome: how many there are, or why the file could not be read."""
    issuer, named, further = asked.text.rpartition(_FURTHER)
    if not named:
        issuer, further = further, ""
    try:
        found = [root.pem for path in (_system(), further) if path for root in _read(path) if root.subject == issuer]
    except OSError as error:
        return Answer(f"{further or _system()}: {(error.strerror or str(error)).lower()}")
    return Answer(f"{len(found)} roots", "".join(found).encode())


def _system() -> str:
    """The system's bundle; Python's OpenSSL may have been built with another path than the system's."""
    known = (
        ssl.get_default_verify_paths().cafile,
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    )
    return next((path for path in known if path and Path(path).exists()), "")


@lru_cache(maxsize=8)
def _read(path: str) -> tuple[Certificate, ...]:
    return tuple(certificates(Path(path).read_text("utf-8", "replace")))


def certificates(text: str) -> Iterator[Certificate]:
    """Every certificate in a text; what cannot be read is passed over."""
    for piece in text.split(_BEGIN)[1:]:
        body, end, _ = piece.partition(_END)
        if end:
            try:
                yield certificate(f"{_BEGIN}{body}{_END}\n")
            except BadCertificate:
                continue
