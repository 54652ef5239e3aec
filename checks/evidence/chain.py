"""A chain of certificates as a server sends it (RFC 8446 §4.4.2): in order, complete, trusted (RFC 5280 §6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from checks.evidence.certificate import Certificate

# What a certificate's other extensions should be is a matter of the authority: mail software does not ask.
_ANY = ExtensionPolicy.permit_all()
_AUTHORITY = _ANY.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)


def path(sent: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """From the server's own certificate upwards, as far as what was sent leads, in whatever order it was sent."""
    found = [sent[0]]
    while not found[-1].own_issuer:
        above = next((c for c in sent if c.subject == found[-1].issuer and c not in found), None)
        if above is None:
            break
        found.append(above)
    return tuple(found)


def missing_issuer(sent: Sequence[Certificate], roots: Sequence[Certificate]) -> str:
    """The name of the authority whose certificate should have been sent and was not; empty if none is lacking."""
    top = path(sent)[-1]
    if top.own_issuer or any(root.subject == top.issuer for root in roots):
        return ""
    return top.issuer


def out_of_order(sent: Sequence[Certificate]) -> str:
    """The first certificate that does not certify the one before it; empty if all do."""
    for below, above in pairwise(sent):
        if below.issuer != above.subject:
            return above.subject or above.fingerprint
    return ""


def distrust(sent: Sequence[Certificate], roots: Sequence[Certificate], now: datetime) -> str:
    """Why nobody who knows these roots trusts the chain; empty if they do.

    Of a certificate that has ended no more than its authority is asked: that it has ended is told apart.
    """
    leaf = sent[0]
    if not leaf.for_servers:
        return "its purposes (extendedKeyUsage) do not include that of a server"
    if any(root.fingerprint == leaf.fingerprint for root in roots):
        return ""
    if leaf.own_issuer:
        return f"self-signed by {leaf.issuer}"
    if not roots:
        return f"its authority is not known here: {path(sent)[-1].issuer}"
    if not leaf.begins <= now <= leaf.ends:
        return ""
    builder = PolicyBuilder().store(Store([_x509(root) for root in roots])).time(now.replace(tzinfo=None))
    verifier = builder.extension_policies(ca_policy=_AUTHORITY, ee_policy=_ANY).build_client_verifier()
    try:
        verifier.verify(_x509(leaf), [_x509(c) for c in sent[1:]])
    except (VerificationError, ValueError) as error:
        return str(error).partition(" (encountered")[0].removeprefix("validation failed: ")[:300]
    return ""


def _x509(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.pem.encode())
