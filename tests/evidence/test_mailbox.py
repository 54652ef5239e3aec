"""A test message is found where filters put it, and nothing but test messages is ever removed."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from checks.connection import Secret
from checks.evidence import mailbox, tls
from checks.evidence.mailbox import Refused, Sought, fetch
from checks.evidence.observe import CONTROLLER, Vantage
from checks.evidence.session import HostSessions
from checks.evidence.setting import Setting
from tests.evidence.stub import Costs, self_signed, server_context

HEADER = "Subject: mailassay canary 0a\r\n\r\n"


class Imap:
    """A server with one test message in a folder. refuses: words that it says no to; marked: UIDs the user has deleted."""

    def __init__(
        self, folder: str = "INBOX", *, refuses: str = "(?!)", marked: str = "", left: str = "", header: str = HEADER,
        listed: str = "",
    ) -> None:  # fmt: skip
        self.folder, self.refuses, self.marked, self.left = folder, refuses, marked, left
        self.header, self.listed = header.encode(), listed
        self.selected = ""
        self.heard: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode("latin-1").strip():
            tag, _, command = line.partition(" ")
            self.heard.append(command)
            no = re.search(self.refuses, command)
            writer.write(b"" if no else self._said(command))
            writer.write(f"{tag} {'NO' if no else 'OK'} so be it\r\n".encode())
        writer.close()

    def _said(self, command: str) -> bytes:
        if command.startswith("SELECT"):
            self.selected = command.partition(" ")[2].strip('"')
        if command.startswith("LIST"):
            return self.listed.encode()
        if command.startswith("UID FETCH"):
            return b"* 1 FETCH (UID 7 BODY[HEADER]<0> {%d}\r\n" % len(self.header) + self.header + b")\r\n"
        if "SEARCH DELETED" in command:
            return f"* SEARCH 7 {self.marked}\r\n".encode()
        if "SEARCH HEADER Message-ID" in command:
            return f"* SEARCH {self.left}\r\n".encode()
        if "SEARCH" in command:
            return b"* SEARCH 7\r\n" if self.selected == self.folder else b"* SEARCH\r\n"
        return b""


def look(server: Imap, folder: Path, seconds: int = 1) -> tuple[list[str], str]:
    """What stands in the record, and why it ended early."""
    certificate = self_signed(folder / "stub.pem")
    record: list[str] = []

    async def hold() -> str:
        imap = await asyncio.start_server(server, "127.0.0.1", 0, ssl=server_context(certificate))
        port = imap.sockets[0].getsockname()[1]
        vantage = Vantage(HostSessions([], set()), Costs(), {"a@example.org": Secret("hush")})  # type: ignore[arg-type]
        where = Setting(
            "imap", "127.0.0.1", port, CONTROLLER, True, tls.ANY, "stub.example.org", trust=str(certificate)
        )
        try:
            await fetch(where, Sought("a@example.org", "0a", seconds, "HEADER"), vantage, record)
        except Refused as error:
            return str(error)
        return ""

    return record, asyncio.run(hold())


def test_the_folder_is_found_that_the_server_itself_calls_its_junk_folder(tmp_path: Path) -> None:
    listed = '* LIST (\\HasNoChildren \\Sent) "/" Sent\r\n* LIST (\\HasNoChildren \\Junk) "/" "Verdacht auf Spam"\r\n'
    server = Imap("Verdacht auf Spam", listed=listed)
    record, why = look(server, tmp_path)
    assert not why
    assert any(line.startswith("* found 1 in Verdacht auf Spam after") for line in record)
    assert "UID EXPUNGE 7" in server.heard


def test_the_server_is_asked_less_and_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "_PAUSES", (0.1, 0.2, 0.4))
    server = Imap("nowhere")
    _, why = look(server, tmp_path, 2)
    assert why == "not there after 2 s"
    assert server.heard.count("NOOP") == 4
    assert server.heard.count('SELECT "INBOX"') == 2  # at the beginning, and for what earlier audits have left


def test_what_earlier_audits_left_is_deleted_where_todays_message_is_not_there(tmp_path: Path) -> None:
    server = Imap("nowhere", left="3 4")
    _, why = look(server, tmp_path)
    assert why.startswith("not there")
    assert "UID EXPUNGE 3,4" in server.heard


def test_a_message_that_cannot_be_read_is_deleted_with_those_left_behind(tmp_path: Path) -> None:
    server = Imap(refuses="FETCH", left="3")
    _, why = look(server, tmp_path)
    assert "FETCH" in why
    assert "UID EXPUNGE 7,3" in server.heard


def test_a_header_of_many_lines_is_read_and_the_message_deleted(tmp_path: Path) -> None:
    server = Imap(header=HEADER[:-2] + "X-Filter: a\r\n" * 999 + "\r\n")
    record, why = look(server, tmp_path)
    assert not why
    assert record.count("X-Filter: a") == 999
    assert "UID EXPUNGE 7" in server.heard


def test_without_uidplus_only_our_own_messages_are_removed(tmp_path: Path) -> None:
    server = Imap(refuses="UID EXPUNGE")
    record, _ = look(server, tmp_path)
    assert "EXPUNGE" in server.heard
    assert not any(line.startswith("* not deleted") for line in record)


def test_without_uidplus_nothing_is_removed_where_the_user_has_marked_something(tmp_path: Path) -> None:
    server = Imap(refuses="UID EXPUNGE", marked="12 13")
    record, _ = look(server, tmp_path)
    assert "EXPUNGE" not in server.heard
    assert "UID STORE 7 +FLAGS.SILENT (\\Deleted)" in server.heard
    lacks = "marked only: the server lacks UIDPLUS, and 2 other messages are marked as deleted"
    assert f"* not deleted: {lacks}" in record
