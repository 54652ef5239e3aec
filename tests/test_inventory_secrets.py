"""Vaults are opened without asking anybody, and what is secret is shown and written nowhere."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.connection import Secret
from checks.inventory import read_inventory
from tests.sites import encrypted, inline, names, problem, site

PASSWORD = "correct horse battery staple"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Encrypts text with a password that ANSIBLE_VAULT_PASSWORD_FILE knows."""
    file = tmp_path / "vault-password"
    file.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(file))
    return lambda text: encrypted(text, PASSWORD)


def test_vaults_are_opened(tmp_path: Path, vault: Callable[[str], str]) -> None:
    folder = site(
        tmp_path,
        {
            "hosts.yml": f"all:\n  hosts:\n    mx1:\n      mailassay_x: {inline(vault('in line'))}",
            "group_vars/all/vault.yml": vault("vault_sudo: s3cret\nmailassay_y: whole file\n"),
            "group_vars/all/vars.yml": "ansible_become_password: '{{ vault_sudo }}'\n",
        },
    )
    host = read_inventory(folder).hosts[0]
    assert dict(host.mailassay) == {"mailassay_x": "in line", "mailassay_y": "whole file"}
    assert host.connection.become_password is not None
    assert host.connection.become_password.reveal() == "s3cret"


def test_inventory_file_may_be_a_vault(tmp_path: Path, vault: Callable[[str], str]) -> None:
    assert names(read_inventory(site(tmp_path, {"hosts.yml": vault("all: {hosts: {mx1: }}")}))) == ["mx1"]


def test_password_program_and_identity_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "password.sh"
    program.write_text(f"#!/bin/sh\necho '{PASSWORD}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", f"dev@prompt, prod@{program}, old@/no/such/file")
    inventory = read_inventory(
        site(tmp_path, {"hosts": "mx1\n", "group_vars/all": encrypted("mailassay_x: 1", PASSWORD)})
    )
    assert inventory.hosts[0].mailassay["mailassay_x"] == 1
    assert inventory.warnings == ("vault identity dev@prompt: left out, since an audit asks nobody",)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"group_vars/all.yml": encrypted("a: 1", "x")}, "group_vars/all.yml: "),
        ({"host_vars/mx1.yml": f"mailassay_x: {inline(encrypted('s3cret', 'x'))}"}, "host mx1, mailassay_x ("),
        ({"host_vars/mx1.yml": f"ansible_become_password: {inline(encrypted('s3cret', 'x'))}"}, "ansible_become_passw"),
        ({"more.yml": encrypted("a: 1", "x")}, "more.yml"),
    ],
)
@pytest.mark.parametrize("other_password", [False, True])
def test_vault_without_its_password(
    tmp_path: Path, files: dict[str, str], said: str, other_password: bool, request: pytest.FixtureRequest
) -> None:
    if other_password:
        request.getfixturevalue("vault")
    found = str(problem(site(tmp_path, {"hosts": "mx1\n", **files})))
    assert said in found
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in found


def test_vault_password_file_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "/no/such/file")
    assert "/no/such/file was not found" in str(problem(site(tmp_path, {"hosts": "mx1\n"})))


def test_secrets_are_not_shown_or_written(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        {"hosts": "mx1 ansible_password=s3cret1 ansible_become_password=s3cret2 mailassay_mailbox=s3cret3\n"},
    )
    inventory = read_inventory(folder)
    host = inventory.hosts[0]
    for shown in inventory, host, host.connection, host.mailassay, host.connection.password:
        assert "s3cret" not in f"{shown!r} {shown} {shown!s}"
        with pytest.raises(TypeError) as refused:
            pickle.dumps(shown)
        assert "s3cret" not in str(refused.value)
        with pytest.raises(TypeError):
            copy.deepcopy(shown)
    assert "s3cret" not in " ".join(host.connection.ssh_options)
    other = Secret("s3cret0")
    with pytest.raises(AssertionError) as failed:
        assert host.connection.password == other
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize("name", ["ansible_password", "mailassay_x"])
@pytest.mark.parametrize(
    "value",
    [
        "'{{ table[vault_x] }}'",
        "'{{ vault_x.nosuch }}'",
        "'{{ vault_x + 1 }}'",
        "['{{ table[vault_x] }}', {a: '{{ 1/0 }}'}]",
    ],
)
def test_what_a_failing_template_was_worked_out_from_is_not_quoted(tmp_path: Path, name: str, value: str) -> None:
    found = problem(
        site(tmp_path, {"hosts": "mx1 vault_x=s3cret\n", "group_vars/all": f"table: {{}}\n{name}: {value}\n"})
    )
    assert f"host mx1, {name} (" in str(found)
    assert "s3cret" not in f"{found} {found!r} {found.__dict__} {pickle.dumps(found)!r}"
    assert found.__suppress_context__, "Ansible's own exception is not printed with it"


def test_readings_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible keeps its vault secrets, its knowledge of folders and the warnings it gave for the whole process."""
    folder = site(tmp_path, {"hosts": "mx1\n", "group_vars/all": encrypted("mailassay_x: first", "one")})
    for password, text in ("one", "first"), ("two", "second"):
        (tmp_path / "password").write_text(password)
        monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "password"))
        (folder / "group_vars/all").write_text(encrypted(f"mailassay_x: {text}", password))
        inventory = read_inventory(folder, "mx1,mx9")
        assert (inventory.hosts[0].mailassay["mailassay_x"], len(inventory.warnings)) == (text, 1)
    (folder / "host_vars").mkdir()
    (folder / "host_vars/mx1").write_text("mailassay_y: 1\n")
    assert read_inventory(folder).hosts[0].mailassay["mailassay_y"] == 1
