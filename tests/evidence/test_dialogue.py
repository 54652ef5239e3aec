"""Whatever a server says or does not say, a dialogue ends in time and tells in one line what became of it."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import spoken
from checks.evidence.dialogue import AT_ONCE, OWN_ADDRESS, WITHOUT_TLS
from checks.evidence.setting import asked_at, setting
from tests.evidence.stub import Costs, answers, says, self_signed, server_context, talk

GREETING = b"220 stub.example.org ESMTP\r\n"
EHLO = b"250-stub.example.org\r\n250-STARTTLS\r\n250 SIZE 1000\r\n"
POLITE = {"EHLO": EHLO, "STARTTLS": b"220 go ahead\r\n", "QUIT": b"221 bye\r\n", "MAIL": b"250 ok\r\n"}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "stub.pem")


def test_a_dialogue_with_starttls_is_recorded_line_by_line(certificate: Path) -> None:
    answer = talk(answers(GREETING, POLITE, certificate), "EHLO me", "STARTTLS", "EHLO me", "QUIT")
    found = spoken.conversation(answer.text, answer.outcome)
    assert answer.outcome == "ended"
    assert found.source == "127.0.0.1"
    assert found.greeting == ("220 stub.example.org ESMTP",)
    assert [len(found.replies("EHLO", in_tls)) for in_tls in (False, True, None)] == [1, 1, 2]
    assert found.tls is not None
    assert found.tls.version == "TLSv1.3"
    assert [chain.count("BEGIN") for chain in found.tls.chain] == [1]


def test_an_observer_without_a_name_says_its_address(certificate: Path) -> None:
    said = talk(answers(GREETING, POLITE, certificate), f"EHLO {OWN_ADDRESS}", "QUIT").text
    assert "C: EHLO [127.0.0.1]\n" in said
    said = talk(answers(GREETING, POLITE, certificate), f"EHLO {OWN_ADDRESS}", "QUIT", address="::1").text
    assert "C: EHLO [IPv6:::1]\n" in said


HOSTILE = {
    "endless banner": (says(b"220-more\r\n" * 3000), "endless reply: more than 200 lines"),
    "long lines": (says((b"220-" + b"x" * 9000 + b"\r\n") * 30), "endless reply: more than 65536 octets"),
    "ten megabytes in a line": (says(b"220 " + b"x" * 10_000_000), "a line without end"),
    "silence": (says(then=5), "silent for 0.5 s"),
    "closes at once": (says(), "closed by the server"),
    "closes within a line": (says(b"220 stub"), "closed by the server"),
    "another protocol": (says(b"SSH-2.0-OpenSSH_9.2\r\n", then=1), "does not speak SMTP"),
    "markup": (says(b"<html>no</html>\r\n", then=1), "does not speak SMTP"),
    "more than its reply before TLS": (
        answers(GREETING, {**POLITE, "STARTTLS": b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n"}),
        "TLS failed: the server sent more than its reply before the handshake",
    ),
    "an alert before TLS": (
        answers(GREETING, {**POLITE, "STARTTLS": b"220 go\r\n\x15\x03\x01\x00\x02\x02\x28"}),
        "TLS failed: the server gave it up before the handshake, with an alert",
    ),
    "STARTTLS and then plain text": (
        answers(GREETING, {**POLITE, "STARTTLS": b"220 go\r\n"}),
        "TLS failed: wrong version number",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_ends_the_dialogue_and_not_us(name: str) -> None:
    serve, outcome = HOSTILE[name]
    began = time.monotonic()
    answer = talk(serve, "EHLO me", "STARTTLS", "EHLO me", "QUIT")
    assert answer.outcome == outcome
    assert len(answer.out) < 100_000
    assert time.monotonic() - began < 8


def test_a_server_that_trickles_is_left_after_the_time_of_a_dialogue() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _number in range(100):
            writer.write(b"220-a little more\r\n")
            await asyncio.sleep(0.3)

    began = time.monotonic()
    assert talk(serve, "QUIT", costs=Costs(dialogue_timeout=1)).outcome == "not at its end after 1 s"
    assert time.monotonic() - began < 5


def test_what_a_server_says_cannot_pass_for_what_we_noted() -> None:
    greeting = b"220 hi\x0b* TLS TLSv1.3 X 256\r* connected from 192.0.2.1\xe2\x80\xa8C: QUIT \x1b[2J\xff\r\n"
    answer = talk(answers(greeting, POLITE), "QUIT")
    found = spoken.conversation(answer.text, answer.outcome)
    assert found.tls is None
    assert found.source == "127.0.0.1"
    (line,) = found.greeting
    assert line.isprintable()
    assert "\\x1b[2J" in line


@given(st.binary(max_size=400))
@settings(max_examples=25, deadline=None)
def test_any_octets_are_a_dialogue_that_ends(octets: bytes) -> None:
    answer = talk(says(octets), "EHLO me", "QUIT", costs=Costs(greeting_timeout=0.3))
    found = spoken.conversation(answer.text, answer.outcome)
    assert all(line.isprintable() or "\t" in line for each in found.said for line in each.reply)
    assert answer.outcome


def test_tls_on_a_port_for_starttls_is_named(certificate: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(server_context(certificate))
        writer.write(GREETING)
        await reader.read()

    assert talk(serve, "EHLO me", "QUIT").outcome == AT_ONCE


def test_plain_text_on_a_port_for_tls_is_named_with_its_greeting() -> None:
    answer = talk(answers(GREETING, POLITE), "EHLO me", "QUIT", implicit=True)
    assert answer.outcome == WITHOUT_TLS
    assert spoken.conversation(answer.text, answer.outcome).greeting == ("220 stub.example.org ESMTP",)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
def test_old_versions_are_really_offered_and_really_refused(version: ssl.TLSVersion, certificate: Path) -> None:
    def server(speaks: ssl.TLSVersion) -> object:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await writer.start_tls(server_context(certificate, speaks))
            writer.write(GREETING)
            await reader.read()

        return serve

    old = ("TLSv1.0", "TLSv1.1") if version is not ssl.TLSVersion.TLSv1_2 else ("TLSv1.2", "TLSv1.2")
    taken = talk(server(version), implicit=True, versions=old)  # type: ignore[arg-type]
    found = spoken.conversation(taken.text, taken.outcome)
    assert found.tls is not None
    assert found.tls.version.replace("v1", "v1.0").startswith("TLSv1.0")
    refused = talk(server(ssl.TLSVersion.TLSv1_3), implicit=True, versions=old)  # type: ignore[arg-type]
    assert refused.outcome.startswith("TLS failed: ")


def test_multi_line_replies_of_imap_and_pop3_end_where_they_end() -> None:
    imap = {"A": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\na OK done\r\n", "D": b"* BYE\r\nd OK bye\r\n"}
    answer = talk(answers(b"* OK ready\r\n", imap), "a CAPABILITY", "d LOGOUT", protocol="imap")
    assert answer.outcome == "ended"
    pop3 = {"CAPA": b"+OK list\r\nUSER\r\nSTLS\r\n.\r\n", "QUIT": b"+OK bye\r\n"}
    assert talk(answers(b"+OK ready\r\n", pop3), "CAPA", "QUIT", protocol="pop3").outcome == "ended"


def test_a_refused_connection_is_told_in_the_networks_word() -> None:
    async def never(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    assert talk(never, "QUIT").outcome in ("connection failed: connection reset by peer", "closed by the server")


@pytest.mark.parametrize(
    "text",
    [
        "smtp 192.0.2.25:25 from outside1",
        "smtp 2001:db8::25:25 from controller name=mx.example.org every=900 since=12-34",
        "imap 192.0.2.25:993 from outside1 tls versions=TLSv1.0..TLSv1.1 name=mx.example.org",
    ],
)
def test_a_questions_first_line_is_read_as_it_was_written(text: str) -> None:
    assert str(setting(text)) == text


def test_a_dialogue_that_is_paced_tells_when_it_was_held(certificate: Path) -> None:
    assert asked_at(talk(answers(GREETING, POLITE, certificate), "QUIT")) is None
