"""DKIM key records are read as verifiers read them, and matched with the key file of the host."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import tag_list
from checks.evidence.dkim_key import DkimKeyError, KeyFileError, parse, public_key_of, same_key

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
# RFC 8463 §A.2: the standard's own Ed25519 key.
RFC8463 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def _spki(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


SPKI = _spki(RSA.public_key())
P = base64.b64encode(SPKI).decode()
P_ED = base64.b64encode(ED.public_key().public_bytes_raw()).decode()
PKCS1 = base64.b64encode(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "text",
    [
        f"v=DKIM1; k=rsa; p={P}",
        f"p={P}",
        f"v=DKIM1;p={P};",
        f" v = DKIM1 ; h = sha256 ; p = {P[:40]} \t{P[40:]}",
        f"v=DKIM1; p={PKCS1}",
        f"v=DKIM1; k=rsa; t=; s=email; p={P}",
    ],
)
def test_rsa_keys_are_read(text: str) -> None:
    key = parse(text)
    assert (key.key_type, key.bits, key.revoked, key.testing) == ("rsa", 2048, False, False)
    assert key.allows_sha256
    assert key.allows_email
    assert same_key(PEM, key)


def test_ed25519_keys_are_read() -> None:
    assert parse(RFC8463).bits == 256
    key = parse(f"v=DKIM1; k=ed25519; p={P_ED}")
    assert same_key(ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), key)
    assert not same_key(PEM, key)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v=DKIM1; k=rsa", "no p="),
        ("", "no p="),
        ("v=DKIM2; p=", "DKIM1"),
        ("v=dkim1; p=", "DKIM1"),
        (f"p={P}; v=DKIM1", "first tag"),
        (f"v=DKIM1; k=dsa; p={P}", "key type"),
        (f"p={P}; p={P}", "more than once"),
        (f"v=DKIM1; p={P[:99]}", "base64"),
        (f"v=DKIM1; p={P[:100]}", "cut short"),
        ("v=DKIM1; p=ab*d", "base64"),
        (f"v=DKIM1\\; k=rsa\\; p={P}", "backslash"),
        (f"v=DKIM1; k=ed25519; p={P}", "32 octets"),
        (f"v=DKIM1; k=ed25519; p={base64.b64encode(_spki(ED.public_key())).decode()}", "SubjectPublicKeyInfo"),
        (f"v=DKIM1; p={base64.b64encode(_spki(ED.public_key())).decode()}", "another type"),
        ("google-site-verification", "not tag=value"),
        ("v=DKIM1; p=é", "not tag=value"),
    ],
)
def test_records_that_no_verifier_can_use(text: str, why: str) -> None:
    with pytest.raises(DkimKeyError, match=why):
        parse(text)


def test_flags_and_remarks() -> None:
    key = parse(f"v=DKIM1; t=y:s:z; h=sha1; s=tlsrpt; n=note; x=1; p={P}")
    assert (key.testing, key.strict, key.allows_sha256, key.allows_email) == (True, True, False, False)
    assert key.notes == "note"
    assert len(key.remarks) == 2


def test_a_revoked_key_belongs_to_nobody() -> None:
    key = parse("v=DKIM1; p=")
    assert (key.revoked, key.bits) == (True, 0)
    assert not same_key(PEM, key)


@pytest.mark.parametrize(
    "material",
    [
        PEM,
        RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        base64.b64encode(RSA.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())),
        RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        SPKI,
        P.encode(),
        b"# a comment before it\n" + PEM,
    ],
)
def test_key_files_of_every_form(material: bytes) -> None:
    assert same_key(material, parse(f"v=DKIM1; p={P}"))
    other = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert not same_key(material, parse("p=" + base64.b64encode(_spki(other.public_key())).decode()))


@pytest.mark.parametrize(
    ("material", "why"),
    [
        (b"", "not a key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a key"),
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")), "password"),
        (EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "neither"),
    ],
)
def test_files_that_are_no_dkim_key(material: bytes, why: str) -> None:
    with pytest.raises(KeyFileError, match=why):
        public_key_of(material)


@given(st.text(max_size=120), st.text("vDKIM1=;ksard5p hn:yt", max_size=60), st.binary(max_size=80))
def test_any_text_is_a_key_or_an_error(odd: str, likely: str, octets: bytes) -> None:
    for text in (odd, likely, f"v=DKIM1; p={base64.b64encode(octets).decode()}", f"k=ed25519; p={P_ED}{odd}"):
        try:
            assert parse(text).bits in (0, 256, *range(1, 8193))
        except DkimKeyError:
            continue
    try:
        public_key_of(octets)
    except KeyFileError:
        return


@given(st.text(max_size=200))
def test_any_text_is_a_tag_list(text: str) -> None:
    """Every part between semicolons is a tag or an error, and each name stands once."""
    parsed = tag_list.parse(text)
    names = [tag.name for tag in parsed.tags]
    assert len(names) == len(set(names))
    assert len(parsed.tags) + len(parsed.errors) in (text.count(";"), text.count(";") + 1)
