"""A stranger's message is handed in as mail servers do it, politely, and never more than is asked for."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.connection import Secret
from checks.evidence import end_of_data, stranger, tls
from checks.evidence.letter import NOBODYS, Letter
from checks.evidence.marked import mark
from checks.evidence.observe import CONTROLLER, Vantage
from checks.evidence.session import HostSessions
from checks.evidence.setting import Setting
from checks.evidence.stranger import Errand, errand, probe, question
from checks.evidence.transcript import Answer
from tests.evidence.stub import Costs, self_signed, server_context

GOOD = Errand(
    "plain", "", "postmaster@observer.example", "alice@example.org", 2, "observer.example", ("mx1.example.org",)
)


class Mx:
    """An MX that gives these replies, one dialogue after the other; taken: what it was handed; trickles: at which word."""

    def __init__(self, *dialogues: dict[str, bytes], trickles: str = "") -> None:
        self.trickles = trickles
        self.dialogues = list(dialogues)
        self.heard: list[list[str]] = []
        self.taken: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replies = self.dialogues.pop(0) if len(self.dialogues) > 1 else self.dialogues[0]
        self.heard.append([])
        writer.write(b"220 mx1.example.org ESMTP\r\n")
        while line := (await reader.readline()).decode("latin-1").strip():
            word = line.split()[0].upper()
            self.heard[-1].append(word)
            said = replies.get(word, b"250 ok\r\n")
            if word == self.trickles:
                await _trickle(writer)
            writer.write(said)
            if said.startswith(b"354"):
                self.taken.append(await reader.readuntil(b"\r\n.\r\n"))
                if self.trickles == ".":
                    await _trickle(writer)
                writer.write(replies.get(".", b"250 2.0.0 Ok: queued as 1A\r\n"))
        writer.close()


async def _trickle(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        for _ in range(100):
            writer.write(b"250-wait\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)


class Mailbox:
    """An IMAP server whose inbox holds what the MX took. deleted: whether it was told to delete it."""

    def __init__(self, mx: Mx) -> None:
        self.mx = mx
        self.deleted: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode("latin-1").strip():
            writer.write(self._said(line))
            writer.write(f"{line.split()[0]} OK\r\n".encode())
        writer.close()

    def _said(self, line: str) -> bytes:
        found = [n + 1 for n, each in enumerate(self.mx.taken) if f'"{_token(each)}"' in line]
        if "SEARCH" in line:
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode()
        if "FETCH" in line:
            header = self.mx.taken[-1].split(b"\r\n\r\n")[0] + b"\r\n\r\n"
            return f"* 1 FETCH (UID 1 BODY[HEADER] {{{len(header)}}}\r\n".encode() + header + b")\r\n"
        if "EXPUNGE" in line:
            self.deleted.append(line)
        return b""


def _token(message: bytes) -> str:
    return message.partition(b"mailassay canary ")[2].splitlines()[0].decode()


def hand_in(mx: Mx, folder: Path, asked: Errand = GOOD) -> tuple[Answer, Mailbox]:
    certificate = self_signed(folder / "stub.pem")
    mailbox = Mailbox(mx)

    async def hold() -> Answer:
        smtp = await asyncio.start_server(mx, "127.0.0.1", 0)
        imap = await asyncio.start_server(mailbox, "127.0.0.2", 0, ssl=server_context(certificate))
        ports = [server.sockets[0].getsockname()[1] for server in (smtp, imap)]
        vantage = Vantage(HostSessions([], set()), Costs(), {asked.recipient: Secret("hush")})  # type: ignore[arg-type]
        sending = Setting("smtp", "127.0.0.1", ports[0], CONTROLLER, False, tls.ANY, "mx1.example.org")
        reading = Setting(
            "imap", "127.0.0.2", ports[1], CONTROLLER, True, tls.ANY, "stub.example.org", trust=str(certificate)
        )
        return await probe(question("mx1.example.org:25", sending, reading, asked), vantage)

    return asyncio.run(hold()), mailbox


TAKES = {"DATA": b"354 go ahead\r\n"}


def test_a_message_is_handed_in_found_and_deleted(tmp_path: Path) -> None:
    mx = Mx(TAKES)
    answer, mailbox = hand_in(mx, tmp_path)
    assert answer.outcome == "arrived"
    assert mx.heard == [["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]]
    assert len(mailbox.deleted) == 1
    assert "* found 1 in INBOX" in answer.text
    assert "hush" not in answer.text


def test_of_the_message_only_the_header_is_kept(tmp_path: Path) -> None:
    answer, _ = hand_in(Mx(TAKES), tmp_path)
    assert f"Authentication-Results: mx1.example.org; dkim=pass header.d={_token(answer.out)}.{NOBODYS}" in answer.text
    assert "Nobody needs to do anything" not in answer.text


def test_a_refusal_ends_with_a_goodbye_and_nobody_looks_for_the_message(tmp_path: Path) -> None:
    mx = Mx({"RCPT": b"550 5.1.1 unknown\r\n"})
    answer, mailbox = hand_in(mx, tmp_path)
    assert answer.outcome == "refused: RCPT TO:<alice@example.org> was answered with: 550 5.1.1 unknown"
    assert mx.heard[0][-1] == "QUIT"
    assert not mailbox.deleted


def test_greylisting_is_answered_with_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stranger, "_FIRST_PAUSE", 0.1)
    mx = Mx({"RCPT": b"450 4.2.0 Greylisted\r\n"}, TAKES)
    answer, _ = hand_in(mx, tmp_path)
    assert answer.outcome == "arrived"
    assert "* put off; tried again after 0.1 s" in answer.text
    assert len(mx.heard) == 2


def test_who_puts_it_off_for_longer_is_not_asked_for_ever(tmp_path: Path) -> None:
    mx = Mx({"RCPT": b"450 4.2.0 Greylisted\r\n"})
    answer, _ = hand_in(mx, tmp_path)
    assert answer.outcome == "put off: RCPT TO:<alice@example.org> was answered with: 450 4.2.0 Greylisted"
    assert len(mx.heard) == 1  # the first pause is longer than the patience


def test_a_message_that_nobody_answered_for_is_looked_for_and_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end_of_data, "SECONDS", 0.5)
    answer, mailbox = hand_in(Mx(TAKES | {".": b""}), tmp_path)
    assert "* no reply to the message: " in answer.text
    assert len(mailbox.deleted) == 1


@pytest.mark.parametrize("where", [".", "QUIT"])
def test_a_reply_that_trickles_does_not_hold_the_address(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line comes in time, and the last one never does: the message is looked for and deleted nevertheless."""
    monkeypatch.setattr(end_of_data, "SECONDS", 0.5)
    monkeypatch.setattr(end_of_data, "_GOODBYE_SECONDS", 0.5)
    begun = time.monotonic()
    answer, mailbox = hand_in(Mx(TAKES, trickles=where), tmp_path)
    assert time.monotonic() - begun < 5
    assert ("* no reply to the message: no whole reply for 0.5 s" in answer.text) == (where == ".")
    assert len(mailbox.deleted) == 1


def test_a_virus_is_the_test_file_that_every_scanner_knows() -> None:
    text = Letter("virus", "a@example.org", "b@example.org", "t").text()
    content = base64.b64decode(text.split("\r\n\r\n")[1].removesuffix("\r\n."))
    assert (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()) == (
        68,
        "44d88612fea8a8f36de82e1278abb02f",
    )
    assert content not in Path(stranger.__file__).with_name("letter.py").read_bytes()


def test_spam_is_gtube_and_a_plain_message_is_not() -> None:
    kinds = {kind: Letter(kind, "a@example.org", "b@example.org", "t").text() for kind in ("plain", "spam", "forged")}
    assert [kind for kind, text in kinds.items() if "GTUBE" in text] == ["spam"]


@given(st.builds(
    Errand, st.sampled_from(["plain", "spam", "virus", "forged"]), st.sampled_from(["", "a@example.org"]),
    st.just("b@example.org"), st.just("c@example.org"), st.integers(0, 999999),
    st.sampled_from(["[own address]", "observer.example"]), st.sampled_from([(), ("mx1.example.org",), ("a", "b")]),
))  # fmt: skip
def test_an_errand_is_read_back_as_it_was_written(asked: Errand) -> None:
    assert errand(str(asked)) == asked


@pytest.mark.parametrize(
    ("header", "folder", "virus", "found"),
    [
        ("X-Spam-Flag: YES", "INBOX", False, "X-Spam-Flag: YES"),
        ("X-Spam-Status: No, score=7.4", "INBOX", False, ""),
        ("X-Spam: Yes", "INBOX", True, ""),  # marks of spam do not tell of a virus
        ("X-Virus-Status: Infected (Eicar)", "INBOX", True, "X-Virus-Status: Infected (Eicar)"),
        ("X-Virus: Eicar-Signature", "INBOX", True, "X-Virus: Eicar-Signature"),  # as Rspamd writes it
        ("X-Virus: yes", "INBOX", True, "X-Virus: yes"),
        ("X-Virus: Clean (ClamAV)", "INBOX", True, ""),
        ("X-Virus: no", "INBOX", True, ""),
        ("X-Virus:", "INBOX", True, ""),
        ("X-Spam-Flag: NO", "Junk", False, "in Junk"),
        ("Subject: [SPAM] mailassay canary 0a", "INBOX", False, "Subject: [SPAM] mailassay canary 0a"),
    ],
)
def test_what_marks_a_message(header: str, folder: str, virus: bool, found: str) -> None:
    assert mark(f"{header}\r\n\r\n".encode(), folder, "mailassay canary 0a", virus=virus) == found


@given(st.binary(), st.text())
def test_no_message_stops_the_look_at_its_marks(octets: bytes, value: str) -> None:
    assert isinstance(mark(octets, "INBOX", "x"), str)
    assert isinstance(mark(f"X-Spam-Flag: {value}\r\n\r\n".encode("utf-8", "replace"), "INBOX", "x"), str)
