"""Passwords that the inventory names are sent inside verified TLS alone, and stand in no record, question or report."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import dns.message
import dns.rrset
import pytest

from checks.connection import Secret
from checks.evidence import dialogue, login, tls
from checks.evidence import dns as dns_evidence
from checks.evidence.observe import CONTROLLER, Vantage
from checks.evidence.session import HostSessions
from checks.evidence.setting import Setting, question
from checks.evidence.transcript import Answer
from checks.logins import logins
from checks.run import recorded_inventory, told
from checks.target import fleet
from tests.evidence.stub import Costs, Serve, answers, self_signed

SECRETS = {"alice@example.org": Secret('correct "horse"')}
LINE = "AUTH PLAIN [login alice@example.org]"
GREETING = b"220 stub.example.org ESMTP\r\n"
POLITE = {"EHLO": b"250 stub.example.org\r\n", "STARTTLS": b"220 go\r\n", "AUTH": b"235 ok\r\n", "QUIT": b"221 bye\r\n"}


def talk(serve: Serve, trust: str, *lines: str) -> Answer:
    async def hold() -> Answer:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        vantage = Vantage(HostSessions([], set()), Costs(), SECRETS)  # type: ignore[arg-type]
        where = Setting("smtp", "127.0.0.1", port, CONTROLLER, False, tls.ANY, "stub.example.org", trust=trust)
        answer = await dialogue.probe(question("stub", where, *lines), vantage)
        server.close()
        return answer

    return asyncio.run(hold())


def test_the_bracket_becomes_what_the_protocol_wants() -> None:
    sent = login.filled(LINE, "smtp", SECRETS).removeprefix("AUTH PLAIN ")
    assert base64.b64decode(sent) == b'\0alice@example.org\0correct "horse"'
    assert login.filled("a LOGIN [login alice@example.org]", "imap", SECRETS) == (
        r'a LOGIN "alice@example.org" "correct \"horse\""'
    )
    with pytest.raises(login.NoSecret):
        login.filled("AUTH PLAIN [login bob@example.org]", "smtp", SECRETS)


def test_no_password_is_sent_in_the_clear() -> None:
    answer = talk(answers(GREETING, POLITE), "system", "EHLO me", LINE, "QUIT")
    assert answer.outcome == "no password is sent where TLS is not verified"
    assert "AUTH" not in answer.text


def test_no_password_is_sent_to_a_server_that_nobody_vouches_for(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "stub.pem")
    answer = talk(answers(GREETING, POLITE, certificate), "system", "EHLO me", "STARTTLS", LINE, "QUIT")
    assert answer.outcome.startswith("TLS failed: certificate verify failed")


def test_the_record_shows_the_bracket(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "stub.pem")
    answer = talk(answers(GREETING, POLITE, certificate), str(certificate), "EHLO me", "STARTTLS", LINE, "QUIT")
    assert answer.outcome == "ended"
    assert f"C: {LINE}\nS: 235 ok\n" in answer.text


def test_a_password_of_the_inventory_is_known_and_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = {"mx1": {"mailassay_canary_mailbox": "alice@example.org", "mailassay_canary_password": "hush"}}
    targets = fleet(recorded_inventory("test", hosts))
    assert logins(targets)["alice@example.org"].reveal() == "hush"
    assert "hush" not in told(targets, "")
    monkeypatch.setenv("MAILASSAY_CANARY_PASSWORD", "environment")
    bare = fleet(recorded_inventory("test", {"mx1": {"mailassay_canary_mailbox": "alice@example.org"}}))
    assert logins(bare)["alice@example.org"].reveal() == "environment"


def test_the_key_of_a_block_list_is_asked_with_and_not_kept() -> None:
    query = dns.message.make_query("2.0.0.127.hush.zen.dq.spamhaus.net.", "A")
    asked: list[str] = []

    class Lines:
        async def exchange(self, _: str, __: str, wire: bytes) -> bytes:
            message = dns.message.from_wire(wire)
            asked.append(str(message.question[0].name))
            reply = dns.message.make_response(message)
            reply.answer = [dns.rrset.from_text(message.question[0].name, 60, "IN", "A", "127.0.0.2")]
            return reply.to_wire()

    vantage = Vantage(HostSessions([], set()), Costs(), {"{key}": Secret("Hush")})  # type: ignore[arg-type]
    vantage.dns_lines = Lines()  # type: ignore[assignment]
    put = dns_evidence.question("outside1", "2.0.0.127.{key}.zen.dq.spamhaus.net", "A", "192.0.2.53")
    answer = asyncio.run(dns_evidence.probe(put, vantage))
    assert asked == [str(query.question[0].name)]
    assert "hush" not in answer.text
    assert "2.0.0.127.{key}.zen.dq.spamhaus.net. 60 IN A 127.0.0.2" in answer.text
    bare = Vantage(HostSessions([], set()), Costs())  # type: ignore[arg-type]
    assert asyncio.run(dns_evidence.probe(put, bare)).outcome.startswith("no key")
