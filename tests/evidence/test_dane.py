"""TLSA records match the chains that RFC 7672 says they match, and no others."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import dane
from checks.evidence.dane import Tlsa, TlsaError, rollover_ready, spki_of, spki_of_pem, tlsa_set
from checks.evidence.dane_match import load_chain, match_chain, name_matches
from tests.evidence.zone import zone

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: str, key: Key, issuer: str, signer: Key, names: tuple[str, ...] = (), ca: bool = False, days: int = 30
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(NOW - 60 * DAY).not_valid_after(NOW + days * DAY)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )  # fmt: skip
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(signer, hashes.SHA256())


ROOT_KEY, CA_KEY, KEY, NEXT_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
ROOT = _certificate("Root", ROOT_KEY, "Root", ROOT_KEY, ca=True)
CA = _certificate("CA", CA_KEY, "Root", ROOT_KEY, ca=True)
LEAF = _certificate("mx", KEY, "CA", CA_KEY, ("mx.example.org", "*.example.net"))
OLD = _certificate("mx", KEY, "CA", CA_KEY, ("mx.example.org",), days=-1)
NOT_CA = _certificate("CA", CA_KEY, "Root", ROOT_KEY, ca=False)
NAMES = ("mx.example.org", "example.org")


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def _tlsa(parameters: str, certificate: x509.Certificate) -> Tlsa:
    usage, selector, matching_type = map(int, parameters.split())
    data = spki_of(certificate) if selector else certificate.public_bytes(Encoding.DER)
    digests = (data, hashlib.sha256(data).digest(), hashlib.sha512(data).digest())
    return Tlsa(usage, selector, matching_type, digests[matching_type])


CHAIN = _pem(LEAF, CA, ROOT)


@pytest.mark.parametrize("parameters", ["3 0 0", "3 0 1", "3 0 2", "3 1 0", "3 1 1", "3 1 2"])
def test_dane_ee_matches_the_servers_certificate(parameters: str) -> None:
    record = _tlsa(parameters, LEAF)
    assert match_chain([record], CHAIN, NAMES, NOW).matched == (record,)
    assert not match_chain([_tlsa(parameters, CA)], CHAIN, NAMES, NOW).matched


def test_dane_ee_needs_neither_names_nor_dates() -> None:
    """RFC 7672 §3.1.1."""
    record = _tlsa("3 1 1", OLD)
    assert match_chain([record], _pem(OLD), ("other.example",), NOW + 999 * DAY).matched == (record,)


@pytest.mark.parametrize(
    ("record", "chain"),
    [
        (_tlsa("2 0 1", CA), _pem(LEAF, CA)),
        (_tlsa("2 1 1", ROOT), CHAIN),
        (_tlsa("2 1 2", CA), _pem(LEAF, ROOT, CA)),
        (_tlsa("2 0 0", CA), _pem(LEAF)),
    ],
)
def test_dane_ta_matches_an_authority_above(record: Tlsa, chain: bytes) -> None:
    """Sent in any order; a whole certificate in the record need not be sent at all (RFC 7671 §5.2.2)."""
    assert match_chain([record], chain, NAMES, NOW).matched == (record,)
    assert match_chain([record], chain, ("mx9.example.net",), NOW).matched == (record,)


@pytest.mark.parametrize(
    ("record", "chain", "names", "at", "why"),
    [
        (_tlsa("2 1 1", CA), _pem(LEAF), NAMES, NOW, "no authority"),
        (_tlsa("2 1 1", ROOT), _pem(LEAF, CA), NAMES, NOW, "no authority"),
        (_tlsa("2 1 1", LEAF), CHAIN, NAMES, NOW, "no authority"),
        (_tlsa("2 1 1", NOT_CA), _pem(LEAF, NOT_CA), NAMES, NOW, "no authority"),
        (_tlsa("2 1 1", CA), CHAIN, ("mx.example.com",), NOW, "names none of mx.example.com"),
        (_tlsa("2 1 1", CA), _pem(OLD, CA), NAMES, NOW, "not valid at this time"),
        (_tlsa("2 1 1", CA), CHAIN, NAMES, NOW + 31 * DAY, "not valid at this time"),
        (_tlsa("3 1 1", CA), CHAIN, NAMES, NOW, "not that of the server"),
        (_tlsa("1 1 1", LEAF), CHAIN, NAMES, NOW, "RFC 7672 §3.1.3"),
        (_tlsa("0 0 1", CA), CHAIN, NAMES, NOW, "RFC 7672 §3.1.3"),
    ],
)
def test_says_why_a_record_does_not_match(
    record: Tlsa, chain: bytes, names: tuple[str, ...], at: datetime, why: str
) -> None:
    found = match_chain([record], chain, names, at)
    assert not found.matched
    assert why in found.attempts[0].why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("3 1 1 " + "ab" * 32, ""),
        ("3 1 2 " + "AB" * 32 + " " + "ab" * 32, ""),
        ("3 1 1 " + "ab" * 31, "needs 32 octets"),
        ("3 1 2 " + "ab" * 32, "needs 64 octets"),
        ("4 1 1 " + "ab" * 32, "does not define"),
        ("3 2 1 ab", "does not define"),
        ("3 1 3 ab", "does not define"),
        ("3 1 0 abcd", "not what the selector says"),
        ("2 0 0 abcd", "not what the selector"),
        ("1 1 1 " + "ab" * 32, "usage 1 PKIX-EE"),
    ],
)
def test_says_which_records_are_of_no_use(text: str, why: str) -> None:
    found = dane.parse(text).unusable
    assert why in found
    assert bool(found) is bool(why)


@pytest.mark.parametrize("text", ["", "3 1 1", "3 1 1 abc", "3 1 ab", "3 1 1 xy", "a 1 1 ab", "3 1 1 1 ab-"])
def test_records_that_cannot_be_read(text: str) -> None:
    with pytest.raises(TlsaError):
        dane.parse(text)


A, B, TA = _tlsa("3 1 1", LEAF), _tlsa("3 1 1", CA), _tlsa("2 1 1", CA)


@pytest.mark.parametrize(
    ("records", "ready"),
    [
        ([A], False),
        ([A, A], False),
        ([A, _tlsa("3 1 2", LEAF)], False),
        ([A, B], True),
        ([A, TA], True),
        ([TA], False),
        ([A, Tlsa(2, 1, 1, b"")], False),
        ([A, _tlsa("1 1 1", CA)], False),
        ([], False),
    ],
)
def test_tells_whether_the_key_can_change(records: list[Tlsa], ready: bool) -> None:
    """RFC 7671 §8.1, §8.4: the next key is published, or its authority is pinned. Two digests of one key are one."""
    assert rollover_ready(records) is ready


@pytest.mark.parametrize(
    ("records", "signed", "state"),
    [
        ("_25._tcp.mx.example.org TLSA 3 1 1 " + "ab" * 32, True, "records"),
        ("_25._tcp.mx.example.org TLSA 3 1 1 " + "ab" * 32, False, "insecure"),
        ("_25._tcp.mx.example.org TLSA !SERVFAIL", True, "unknown"),
        ("mx.example.org A 192.0.2.1", True, "none"),
    ],
)
def test_records_count_only_with_dnssec(records: str, signed: bool, state: str) -> None:
    found = tlsa_set("MX.example.org.", zone(records, signed=signed))
    assert (found.state, found.owner) == (state, "_25._tcp.mx.example.org")
    assert len(found.usable) == (state in ("records", "insecure"))


def test_the_next_key_is_recognized_before_it_is_used() -> None:
    pem = NEXT_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    record = Tlsa(3, 1, 1, hashlib.sha256(spki_of_pem(pem)).digest())
    assert record.matches_key(spki_of_pem(pem))
    assert not A.matches_key(spki_of_pem(pem))
    assert A.matches_key(spki_of_pem(_pem(LEAF)))
    with pytest.raises(TlsaError):
        spki_of_pem(b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n")


def test_tells_whether_any_record_can_be_used() -> None:
    """Without one, senders encrypt and do not authenticate (RFC 7672 §2.2): not the same as a mismatch."""
    assert not match_chain([_tlsa("1 1 1", LEAF)], CHAIN, NAMES, NOW).usable
    assert match_chain([_tlsa("1 1 1", LEAF), _tlsa("3 1 1", CA)], CHAIN, NAMES, NOW).usable


def test_a_certificate_is_valid_to_its_last_second() -> None:
    record = _tlsa("2 1 1", CA)
    for at, valid in ((LEAF.not_valid_after_utc, True), (LEAF.not_valid_before_utc, True), (NOW - 61 * DAY, False)):
        assert bool(match_chain([record], CHAIN, NAMES, at).matched) is valid
    # Only what lies between the server and the pinned authority counts: the root above it may have expired.
    expired = _certificate("Root", ROOT_KEY, "Root", ROOT_KEY, ca=True, days=-1)
    assert match_chain([record], _pem(LEAF, CA, expired), NAMES, NOW).matched


def test_more_certificates_than_any_chain_has_are_not_followed() -> None:
    assert len(load_chain(_pem(*[CA] * 50))) == 20
    with pytest.raises(TlsaError):
        load_chain(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(TlsaError):
        load_chain(b"")


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*.example.org", "mx.example.org", True),
        ("*.example.org", "a.mx.example.org", False),
        ("*.org", "example.org", False),
        ("m*.example.org", "mx.example.org", False),
        ("MX.example.org", "mx.Example.org.", True),
        ("*", "mx", False),
    ],
)
def test_wildcard_names(pattern: str, name: str, matches: bool) -> None:
    assert name_matches(pattern, name) is matches


@given(st.text(max_size=60), st.text("0123 abcdef\n", max_size=60), st.binary(max_size=60))
def test_any_text_is_read_or_refused(odd: str, likely: str, octets: bytes) -> None:
    for text in (odd, likely, f"3 1 1 {likely}"):
        try:
            record = dane.parse(text)
        except TlsaError:
            continue
        assert not match_chain([record], CHAIN, NAMES, NOW).matched
    for pem in (octets, b"-----BEGIN CERTIFICATE-----\n" + octets + b"\n-----END CERTIFICATE-----"):
        for read in (load_chain, spki_of_pem):
            with pytest.raises(TlsaError):
                read(pem)
