"""A message that arrived is read as its servers wrote it, and nothing in it can stop the reading."""

from __future__ import annotations

import base64

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.arrived import Arrived, arrived, client, envelope_sender, signatures, spf_received

KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
RECORD = (
    "v=DKIM1; p="
    + base64.b64encode(
        KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).decode()
)
HOPS = (
    "Received: from mx1.example.org (mx1.example.org [192.0.2.11])\r\n\tby box1.example.org with LMTP id 1;"
    " Thu, 26 Nov 2026 07:00:09 +0000\r\n"
    "Authentication-Results: mx1.example.org; dkim=pass (2048-bit key) header.d=example.org;\r\n\tspf=fail"
    " smtp.mailfrom=example.org\r\n"
    "Received: from submit1.example.org (submit1.example.org [192.0.2.13])\r\n\t(using TLSv1.3 with cipher X (256/256"
    " bits))\r\n\tby mx1.example.org (Postfix) with ESMTP"
    " id 2 for <alice@example.org>; Thu, 26 Nov 2026 07:00:08 +0000\r\n"
    "Received: from observer (unknown [198.51.100.10])\r\n\tby submit1.example.org (Postfix) with ESMTPSA id 3;"
    " Thu, 26 Nov 2026 07:00:01 +0000 (UTC)\r\n"
)
MESSAGE = (
    "From: <alice@example.org>\r\nTo: <alice@example.org>\r\nSubject: mailassay canary 0a1b\r\n\r\nA test message.\r\n"
)


def record(message: str) -> str:
    text = message.replace("\r\n", "\n")
    return f"C: QUIT\n* submitted 2026-11-26T07:00:01+00:00\n* found 1 in INBOX after 8 s\n* message\n{text}"


def read(message: str) -> Arrived:
    found = arrived(record(message))
    assert found is not None
    return found


def signed() -> str:
    pem = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    field: bytes = dkim.sign(MESSAGE.encode(), b"lab", b"example.org", pem)
    return HOPS + field.decode() + MESSAGE


def test_hops_are_told_in_the_order_in_which_the_message_went() -> None:
    hops = read(HOPS + MESSAGE).hops
    assert [(hop.receiver, hop.protocol, hop.seconds) for hop in hops] == [
        ("submit1.example.org", "ESMTPSA", None), ("mx1.example.org", "ESMTP", 7), ("box1.example.org", "LMTP", 1),
    ]  # fmt: skip
    assert [hop.encrypted for hop in hops] == [True, False, True]


def test_results_are_told_with_whoever_noted_them() -> None:
    noted = read(HOPS + MESSAGE).noted
    assert [(each.who, each.method, each.result) for each in noted] == [
        ("mx1.example.org", "dkim", "pass"), ("mx1.example.org", "spf", "fail"),
    ]  # fmt: skip


def test_the_first_server_tells_whom_it_came_from_and_which_sender_it_asked_spf_of() -> None:
    found = read(HOPS + MESSAGE)
    assert (client(found), envelope_sender(found), spf_received(found)) == ("198.51.100.10", "example.org", ())
    other = read("Received-SPF: Pass (mailfrom)\r\nReceived: from a (b [IPv6:2001:db8::1]) by c\r\n" + MESSAGE)
    assert (client(other), envelope_sender(other), spf_received(other)) == ("2001:db8::1", "", ("spf",))


def test_a_signature_tells_what_it_covers() -> None:
    (whole,) = signatures(read(signed()), lambda _: RECORD)
    assert {"from", "to", "subject"} <= set(whole.covers)
    assert whole.octets == ""


def test_a_signature_verifies_and_no_longer_does_once_the_message_is_changed() -> None:
    (good,) = signatures(read(signed()), lambda _: RECORD)
    assert (good.domain, good.selector, good.verified) == ("example.org", "lab", True)
    (bad,) = signatures(read(signed().replace("A test", "A best")), lambda _: RECORD)
    assert bad.verified is False
    (lost,) = signatures(read(signed()), lambda _: "")
    assert lost.verified is False


def test_a_message_that_was_not_found_is_none() -> None:
    assert arrived("C: QUIT\n* submitted 2026-11-26T07:00:01+00:00\n") is None


@given(st.text(), st.text())
def test_no_message_stops_the_reading(header: str, body: str) -> None:
    found = arrived(record(f"Received: {header}\r\nAuthentication-Results: {header}\r\nFrom: {header}\r\n\r\n{body}"))
    if found is not None:
        assert isinstance(found.author, str)
        assert isinstance(client(found) + envelope_sender(found), str)
        signatures(found, lambda _: RECORD)


@given(st.text())
def test_no_signature_stops_the_reading(tags: str) -> None:
    found = arrived(record(f"DKIM-Signature: {tags}\r\n{MESSAGE}"))
    assert found is None or isinstance(signatures(found, lambda _: RECORD), tuple)
