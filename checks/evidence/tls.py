"""TLS as a client offers it: contexts that accept whatever the server has, since a probe looks and never trusts."""

from __future__ import annotations

import ssl
import warnings
from typing import Any

SYSTEM = "system"
ANY = ("TLSv1.0", "TLSv1.3")
_VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def context(low: str, high: str) -> ssl.SSLContext:
    """A client that offers these versions and every cipher suite OpenSSL has that goes with a certificate.

    It verifies nothing: that is a matter of the checks, which read the chain; a probe that verified would report an
    untrusted certificate as "no TLS". Anonymous suites are not offered: servers that have them may prefer them, and
    then show no certificate.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are offered on purpose
        made.minimum_version = _VERSIONS[low]
        made.maximum_version = _VERSIONS[high]
    return made


def verifying(trust: str) -> ssl.SSLContext:
    """A client as mail programs are: it trusts the system's roots, and those of a file (unless that is ``system``)."""
    made = ssl.create_default_context()
    if trust != SYSTEM:
        made.load_verify_locations(trust)
    return made


def describe(session: Any) -> list[str]:
    """Version, cipher suite and the chain that the server sent, as lines of a transcript."""
    name, _, bits = session.cipher()
    lines = [f"* TLS {session.version()} {name} {bits}"]
    for certificate in _chain(session):
        lines += ssl.DER_cert_to_PEM_cert(certificate).strip().splitlines()
    return lines


def _chain(session: Any) -> list[bytes]:
    """The chain as sent. Python has a public way since 3.13; before, the same method of the inner object."""
    if hasattr(session, "get_unverified_chain"):
        return list(session.get_unverified_chain() or [])
    inner = session._sslobj.get_unverified_chain() or []
    return [certificate.public_bytes(2) for certificate in inner]  # 2 is _ssl.ENCODING_DER


def reason(error: Exception) -> str:
    """OpenSSL's or the system's word for what went wrong, in lower case and without numbers."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return str(error.reason).lower().replace("_", " ")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__
