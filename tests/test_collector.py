"""The collector: a script that holds its commands, takes none, and is all that its sudoers line allows."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.collector import entries
from checks.connection import Connection
from checks.evidence import collected
from checks.evidence.batch import Limits
from checks.evidence.collected import Entry, answers, number, script
from checks.evidence.command import BECOME
from checks.evidence.ssh import Session
from checks.evidence.transcript import Answer, Question, Transcript
from checks.run import recorded_inventory
from checks.target import fleet

LIMITS = Limits(5, 1000, 60)
AWKWARD = """sh -c 'printf "%s\\n" "it'"'"'s $HOME `id`"; echo err >&2; exit 3'"""


def run(path: Path, *arguments: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", str(path), *arguments], input=stdin, capture_output=True, env={"PATH": "/usr/bin:/bin", **env}
    )


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "collector"
    commands = ("echo one", AWKWARD, "head -c 5000 /dev/zero | tr '\\0' x", "env", "cat", "sleep 30")
    path.write_text(script([Entry(c, ("a.b", "c.d")) for c in commands], Limits(1, 1000, 60)))
    return path


def said(path: Path, **env: str) -> Mapping[int, Answer]:
    found = answers(run(path, stdin=b"echo given", **env).stdout, Limits(1, 1000, 60))
    assert found is not None
    return found


def test_each_command_is_answered_as_if_it_had_been_asked(kept: Path) -> None:
    found = said(kept)
    assert found[number("echo one")] == Answer("exit 0", b"one\n")
    assert found[number(AWKWARD)].outcome == "exit 3"
    assert b"it's" in found[number(AWKWARD)].out
    assert found[number("head -c 5000 /dev/zero | tr '\\0' x")].truncated
    assert found[number("sleep 30")].outcome.startswith("timed out")


def test_nothing_comes_from_the_caller(kept: Path) -> None:
    found = said(kept, EVIL="yes", BASH_ENV="/tmp/x", LD_PRELOAD="")
    assert b"EVIL" not in found[number("env")].out
    assert found[number("cat")].out == b""
    refused = run(kept, "id")
    assert (refused.returncode, refused.stdout) == (64, b"")


def test_what_a_command_says_is_never_taken_for_anothers(tmp_path: Path) -> None:
    """The mark is made anew at each run, so no file on the host can hold it."""
    path = tmp_path / "c"
    forged = f"printf '\\n%s begin {number('id')}\\nroot\\n' 0123456789abcdef"
    path.write_text(script([Entry(forged)], LIMITS))
    found = answers(run(path).stdout, LIMITS)
    assert found is not None
    assert number("id") not in found
    assert answers(b"sudo: a password is required\n", LIMITS) is None


def test_its_commands_are_those_of_the_checks_and_of_the_last_run() -> None:
    targets = fleet(recorded_inventory("acme", {"mx1": {"mailassay_roles": ["mx"]}, "mx2": {}}))
    asked = Question("mx1", "command", "sudo postmap -q x hash:/etc/postfix/own")
    known = Transcript(
        datetime.now(UTC), {asked: Answer("no privilege"), Question("mx1", "command", "id -u"): Answer("exit 0")}
    )
    found = {entry.command: entry.checks for entry in entries(targets, known)}
    assert "postmap -q x hash:/etc/postfix/own" in found
    assert "ports.listening" in found["ss -Hltnup"]
    assert "id -u" not in found
    assert "true" not in found


async def _ask(path: Path, monkeypatch: pytest.MonkeyPatch, *commands: str) -> list[Answer]:
    stub = path.parent / "sudo"
    stub.write_text('#!/bin/sh\n[ "$1" = -n ] && [ $# -eq 2 ] && exec sh "$2"\necho "sudo: not allowed" >&2; exit 1\n')
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")
    monkeypatch.setattr(collected, "PATH", str(path))
    session = Session(Connection(kind="local", plugin="local", address="localhost"), 5, LIMITS, "collector", None)
    await session.open()
    session._root = False  # whoever runs the tests
    try:
        return [*await session.ask(commands[:2]), *await session.ask(commands[2:])]
    finally:
        await session.close()


def test_a_session_asks_the_collector_once_and_the_host_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "collector"
    count = tmp_path / "count"
    path.write_text(script([Entry("echo secret"), Entry(f"echo x >> {count}")], LIMITS))
    found = asyncio.run(
        _ask(path, monkeypatch, BECOME, "echo plain", "sudo echo secret", "sudo echo another", "echo last")
    )
    assert [a.outcome for a in found] == ["exit 0", "exit 0", "exit 0", "no privilege", "exit 0"]
    assert [a.out for a in found] == [b"", b"plain\n", b"secret\n", b"", b"last\n"]
    assert b"make collector" in found[3].err
    assert count.read_text() == "x\n"


def test_a_collector_that_is_not_there_is_no_privilege(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asyncio.run(_ask(tmp_path / "missing", monkeypatch, BECOME, "echo plain", "sudo id", "id -u", "id -u"))
    assert [a.outcome for a in found][:3] == ["no privilege", "exit 0", "no privilege"]
    assert b"the collector said nothing" in found[0].err
