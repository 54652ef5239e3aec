"""SMTP replies, EHLO offers and IMAP, POP3 and ManageSieve capabilities are read as the standards write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import offer, spoken
from checks.evidence.reply_end import NotAReply, is_last
from checks.evidence.smtp import Reply, ehlo, malformed, reply, version_in


@pytest.mark.parametrize(
    ("lines", "code", "enhanced", "text"),
    [
        (["220 mx.example.org ESMTP"], 220, "", "mx.example.org ESMTP"),
        (["250-one", "250 two"], 250, "", "one two"),
        (["550 5.1.1 <x@example.org>: no such user"], 550, "5.1.1", "<x@example.org>: no such user"),
        (["550-5.7.1 not", "550 5.7.1 welcome"], 550, "5.7.1", "not welcome"),
        (["250"], 250, "", ""),
        (["250 2.0.0"], 250, "2.0.0", ""),
        (["SSH-2.0-OpenSSH"], 0, "", "SSH-2.0-OpenSSH"),
        ([], 0, "", ""),
        (["250 5.10 is a version"], 250, "", "5.10 is a version"),
    ],
)
def test_reply(lines: list[str], code: int, enhanced: str, text: str) -> None:
    found = reply(lines)
    assert (found.code, found.enhanced, found.text) == (code, enhanced, text)


@pytest.mark.parametrize(("code", "kind"), [(250, "accepted"), (354, "accepted"), (450, "deferred"), (554, "refused")])
def test_a_reply_is_accepted_deferred_or_refused(code: int, kind: str) -> None:
    found = Reply(code)
    assert [name for name in ("accepted", "deferred", "refused") if getattr(found, name)] == [kind]


def test_ehlo_tells_extensions_with_their_parameters() -> None:
    lines = [
        "250-mx.example.org hello",
        "250-SIZE 1000",
        "250-AUTH PLAIN login",
        "250-AUTH=PLAIN LOGIN",
        "250 starttls",
    ]
    found = ehlo(reply(lines))
    assert found is not None
    assert found.domain == "mx.example.org"
    assert found.keywords["SIZE"] == ("1000",)
    assert found.mechanisms == ("PLAIN", "LOGIN")
    assert "STARTTLS" in found
    assert ehlo(reply(["502 what?"])) is None


@pytest.mark.parametrize(
    ("greeting", "version"),
    [
        ("mx.example.org ESMTP Postfix 3.7.11 (Debian/GNU)", "3.7.11"),
        ("mx.example.org ESMTP Exim 4.96 Mon, 23 Nov 2026 10:00:00 +0000", "4.96"),
        ("mx.example.org ESMTP Sendmail 8.17.1/8.17.1/Debian-2", "8.17.1"),
        ("mx.example.org ESMTP", ""),
        ("mx1.example.org [192.0.2.25] ready", ""),
        ("mx1.example.org ESMTP at 10:00", ""),
    ],
)
def test_a_version_in_a_greeting_is_found_and_an_address_is_none(greeting: str, version: str) -> None:
    assert version_in(greeting) == version


def test_imap_capabilities() -> None:
    found = offer.imap(["* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN", "a OK done"])
    assert found == offer.Offer(True, ("PLAIN",), ("IMAP4REV1", "STARTTLS", "LOGINDISABLED", "AUTH=PLAIN"))
    told = offer.imap(["* OK [CAPABILITY IMAP4rev1 SASL-IR] ready"])
    assert told is not None
    assert told.logins == ("LOGIN command",)
    assert offer.imap(["a BAD what?"]) is None


def test_pop3_capabilities() -> None:
    found = offer.pop3(["+OK", "USER", "SASL PLAIN LOGIN", "STLS", "."])
    assert found == offer.Offer(True, ("PLAIN", "LOGIN", "USER command"), ("USER", "SASL", "STLS"))
    assert offer.pop3(["-ERR no"]) is None
    assert offer.pop3([]) is None


def test_sieve_capabilities() -> None:
    found = offer.sieve(['"IMPLEMENTATION" "x"', '"SASL" ""', '"STARTTLS"', "OK ready"])
    assert found == offer.Offer(True, (), ("IMPLEMENTATION", "SASL", "STARTTLS"))
    assert offer.sieve(["OK"]) is None


@pytest.mark.parametrize(
    ("protocol", "command", "line", "last"),
    [
        ("smtp", "", "220-wait", False),
        ("smtp", "", "220 go", True),
        ("smtp", "EHLO x", "250", True),
        ("imap", "", "* OK ready", True),
        ("imap", "a CAPABILITY", "* CAPABILITY IMAP4rev1", False),
        ("imap", "a CAPABILITY", "a OK", True),
        ("imap", "a CAPABILITY", "* BYE", True),
        ("pop3", "QUIT", "+OK", True),
        ("pop3", "CAPA", "+OK", False),
        ("pop3", "CAPA", ".", True),
        ("pop3", "CAPA", "-ERR", True),
        ("sieve", "", '"SASL" ""', False),
        ("sieve", "", "OK", True),
    ],
)
def test_a_reply_ends_where_its_protocol_says(protocol: str, command: str, line: str, last: bool) -> None:
    assert is_last(protocol, command, line) is last


@pytest.mark.parametrize(
    ("protocol", "line"), [("smtp", "hello"), ("smtp", "2200 x"), ("imap", "220 x"), ("pop3", "220")]
)
def test_a_line_of_another_protocol_is_told_apart(protocol: str, line: str) -> None:
    with pytest.raises(NotAReply):
        is_last(protocol, "", line)


@given(st.lists(st.text(max_size=60), max_size=8), st.text(max_size=20))
def test_any_lines_can_be_read(lines: list[str], outcome: str) -> None:
    found = reply(lines)
    assert (found.code == 0) or 0 <= found.code <= 999
    for read in (offer.smtp, offer.imap, offer.pop3, offer.sieve):
        assert read(lines) is None or isinstance(read(lines), offer.Offer)
    assert spoken.conversation("\n".join(lines), outcome).outcome == outcome


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (["250-mx.example.org", "250 2.1.0 Ok"], ""),
        (["550 5.7.1 no"], ""),
        (["550 4.7.1 no"], "550 4.7.1 no: the codes are of different classes"),
        (["451-5.7.1", "451 4.7.1 later"], "451-5.7.1: the codes are of different classes"),
        (["550 4.7.1.2 is no code"], ""),
        (["220 mx 4.7.1"], ""),
    ],
)
def test_the_two_codes_of_a_reply_are_of_one_class(lines: list[str], wrong: str) -> None:
    assert malformed(lines) == wrong
