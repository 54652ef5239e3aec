"""Hosts by way of testinfra: the same batches, in as many shells as they need."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from checks.connection import Connection
from checks.evidence import backend
from checks.evidence.batch import Limits
from checks.evidence.ssh import Unreachable
from checks.evidence.transcript import Answer
from checks.inventory import read_inventory


def ask(plugin: str, *commands: str) -> list[Answer]:
    """What these commands answer by way of this plugin."""

    async def asked() -> list[Answer]:
        connection = Connection(kind="other", plugin=plugin, address="box")
        session = backend.BackendSession(connection, 10, Limits(5, 100_000, 60), "none", None)
        await session.open()
        assert abs(session.ahead) < 5
        try:
            return await session.ask(commands)
        finally:
            await session.close()

    return asyncio.run(asked())


def test_commands_are_answered_by_testinfras_own_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backend.BACKENDS, "docker", "local")
    long = "x" * 15_000
    answers = ask("community.docker.docker", "echo one; exit 3", f"printf %s {long} | wc -c", f': {long}; echo "it\'s"')
    assert [(answer.outcome, answer.text.strip()) for answer in answers] == [
        ("exit 3", "one"),
        ("exit 0", "15000"),
        ("exit 0", "it's"),
    ]


def test_another_connection_is_a_clear_word() -> None:
    with pytest.raises(Unreachable, match="winrm is not known here, but ssh, local, chroot"):
        ask("winrm", "true")


def test_the_inventory_says_that_it_is_untested(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text(
        "all: {hosts: {box: {ansible_connection: community.docker.docker, mailassay_roles: [mx]}}}\n", "utf-8"
    )
    (warning,) = read_inventory(path).warnings
    assert warning == "ansible_connection community.docker.docker goes through testinfra and is untested here: box"
