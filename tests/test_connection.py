"""Every host is reached as Ansible itself would reach it: its own ssh command line is the witness."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.connection import Connection
from checks.inventory import read_inventory
from tests.sites import encrypted

ROOT = Path(__file__).parents[1]
Host = Callable[[str], Connection]

HOSTS = """\
all:
  vars: {domain: mgmt.example.org, port_of_all: 2200}
  hosts:
    plain:
    user_empty: {ansible_user: }
    addressed: {ansible_host: 192.0.2.5, ansible_port: 2222, ansible_user: audit}
    templated: {ansible_host: "{{ inventory_hostname }}.{{ domain }}", ansible_port: "{{ port_of_all + 5 }}"}
    literal6: {ansible_host: "2001:db8::5"}
    old_names: {ansible_ssh_host: 192.0.2.6, ansible_ssh_port: 2223, ansible_ssh_user: old}
    both_names: {ansible_ssh_host: 192.0.2.7, ansible_host: 192.0.2.8, ansible_user: new, ansible_ssh_user: old}
    both_ports: {ansible_port: 1, ansible_ssh_port: 2}
    key: {ansible_ssh_private_key_file: "~/keys/audit key"}
    other_key: {ansible_private_key_file: keys/relative}
    both_keys: {ansible_private_key_file: /a, ansible_ssh_private_key_file: /b}
    key_null: {ansible_ssh_private_key_file: }
    arguments: {ansible_ssh_common_args: "-o ProxyJump='a b'  -v", ansible_ssh_extra_args: -4, ansible_ssh_args: -C}
    no_arguments: {ansible_ssh_args: ""}
    slow: {ansible_timeout: 31}
    slower: {ansible_ssh_timeout: 32, ansible_timeout: 33}
    password: {ansible_password: s3cret}
    old_password: {ansible_ssh_pass: s3cret}
    fqcn: {ansible_connection: ansible.builtin.ssh}
    become: {ansible_become: true}
    become_text: {ansible_become: "yes", ansible_become_user: postfix}
    become_off: {ansible_become: false}
    become_template: {ansible_become: "{{ domain == 'mgmt.example.org' }}", ansible_become_flags: -H}
    become_su: {ansible_become: true, ansible_become_method: su, ansible_become_user: dovecot}
    become_sudo_names: {ansible_become: true, ansible_sudo_user: mail, ansible_become_exe: /opt/sudo}
    shell: {ansible_shell_executable: /bin/dash, ansible_become: true}
"""

SETTINGS = """
[defaults]
remote_user = deploy
private_key_file = keys/deploy
remote_port = 2022
timeout = 21
executable = /bin/ash
[privilege_escalation]
become = true
become_user = auditor
become_flags = -E
[ssh_connection]
ssh_args = -o ControlMaster=no
ssh_common_args = -o ForwardAgent=no
ssh_extra_args = -6
"""
ENVIRONMENT = {
    "ANSIBLE_REMOTE_USER": "env",
    "ANSIBLE_REMOTE_PORT": "2023",
    "ANSIBLE_PRIVATE_KEY_FILE": "~/env",
    "ANSIBLE_TIMEOUT": "22",
    "ANSIBLE_SSH_ARGS": "-q",
    "ANSIBLE_SSH_COMMON_ARGS": "-o Compression=no",
    "ANSIBLE_BECOME": "1",
    "ANSIBLE_BECOME_METHOD": "su",
    "ANSIBLE_BECOME_EXE": "/bin/su",
    "ANSIBLE_EXECUTABLE": "/bin/env-sh",
}
READER = """
import dataclasses, json, sys
from checks.inventory import read_inventory
shown = lambda c: {f.name: getattr(c, f.name) for f in dataclasses.fields(c) if "password" not in f.name}
hosts = read_inventory(sys.argv[1]).hosts
print(json.dumps({h.name: {**shown(h.connection), "ssh_options": h.connection.ssh_options} for h in hosts}))
"""


def run(folder: Path, environment: dict[str, str], *argv: str) -> str:
    """Run a program in a folder with no other ANSIBLE_* variables than these."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        argv, cwd=folder, env={**clean, "HOME": str(folder), "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expected_argv(name: str, said: dict[str, Any]) -> list[str]:
    """What Ansible's ssh plugin makes of a connection like this; `raw` runs the one command `id`."""
    command = f"id {name}"
    if said["become"]:
        wrapped = f"'echo BECOME-SUCCESS ; {command}'"
        before = f"{said['become_exe']} {said['become_flags']} "
        command = f"{before} -u {said['become_user']} {said['shell_executable']} -c {wrapped}"
        if said["become_method"] == "su":
            inner = wrapped.replace("'", "'\"'\"'")
            command = f"{before}{said['become_user']} -c '{said['shell_executable']} -c {inner}'"
    return [*said["ssh_options"], "-o", "NumberOfPasswordPrompts=1", "-tt", said["address"], command]


@pytest.mark.parametrize(
    ("settings", "environment"), [("", {}), (SETTINGS, {}), (SETTINGS, ENVIRONMENT)], ids=["neither", "cfg", "both"]
)
def test_ansible_gives_ssh_the_same_arguments(tmp_path: Path, settings: str, environment: dict[str, str]) -> None:
    """`ansible` is run with an ssh that only writes down its arguments, once without and once with settings."""
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" > "{tmp_path}/said.$$"\n')
    ssh.chmod(0o755)
    (tmp_path / "ansible.cfg").write_text(settings)
    (tmp_path / "hosts.yml").write_text(HOSTS)
    environment = {"ANSIBLE_SSH_EXECUTABLE": str(ssh), **environment}
    ansible = str(Path(sys.executable).with_name("ansible"))
    run(
        tmp_path,
        environment,
        ansible,
        "-i",
        "hosts.yml",
        "-f",
        "2",
        "-m",
        "raw",
        "-a",
        "id {{ inventory_hostname }}",
        "all",
    )
    theirs = {}
    for file in tmp_path.glob("said.*"):
        argv = re.sub(r"-o\0ControlPath=[^\0]*\0", "", file.read_text()).removesuffix("\0").split("\0")
        argv[-1] = re.sub(r"(BECOME-SUCCESS)-[a-z]+", r"\1", argv[-1])
        theirs[re.split(r"id |'", argv[-1].rstrip("'\""))[-1]] = argv
    ours = json.loads(run(tmp_path, environment, sys.executable, "-c", READER, "hosts.yml"))
    assert {said["ssh_executable"] for said in ours.values()} == {str(ssh)}
    assert {name: expected_argv(name, said) for name, said in ours.items()} == theirs


def test_ansible_cfg_names_a_vault_password_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nvault_password_file = secrets/vault\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/ansible.cfg").write_text("[defaults]\nremote_user = nobody\n")  # beside the inventory
    (tmp_path / "elsewhere/hosts").write_text("mx1\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/vault").write_text("word\n")
    (tmp_path / "elsewhere/group_vars").mkdir()
    (tmp_path / "elsewhere/group_vars/all").write_text(encrypted("ansible_port: 2222\n", "word"))
    said = json.loads(run(tmp_path, {}, sys.executable, "-c", READER, "elsewhere/hosts"))
    assert (said["mx1"]["port"], said["mx1"]["user"]) == (2222, None)


@pytest.fixture
def host(tmp_path: Path) -> Callable[[str], Connection]:
    """The connection of one host of which this YAML is said."""

    def read(variables: str) -> Connection:
        (tmp_path / "hosts.yml").write_text(f"all: {{hosts: {{mx1: {{{variables}}}}}}}\n")
        return read_inventory(tmp_path).hosts[0].connection

    return read


@pytest.mark.parametrize(
    ("variables", "kind", "plugin"),
    [
        ("", "ssh", "ssh"),
        ("ansible_connection: ansible.builtin.ssh", "ssh", "ssh"),
        ("ansible_connection: smart", "ssh", "smart"),
        ('ansible_connection: \'{{ "loc" ~ "al" }}\'', "local", "local"),
        ("ansible_connection: community.docker.docker", "other", "community.docker.docker"),
    ],
)
def test_kind_of_connection(host: Host, variables: str, kind: str, plugin: str) -> None:
    assert (host(variables).kind, host(variables).plugin) == (kind, plugin)


@pytest.mark.parametrize(
    ("variables", "password", "become_password"),
    [
        ("", None, None),
        ("ansible_password: a, ansible_become_password: b", "a", "b"),
        ("ansible_ssh_pass: a, ansible_become_pass: b", "a", "b"),
        ("ansible_ssh_password: 1, ansible_sudo_pass: '{{ 2 }}'", "1", "2"),
        ("ansible_become_method: su, ansible_su_pass: c, ansible_sudo_pass: d", None, "c"),
        ("ansible_become_method: example.org.doas, ansible_become_pass: e", None, "e"),
    ],
)
def test_passwords(host: Host, variables: str, password: str | None, become_password: str | None) -> None:
    found = host(variables)
    assert (found.password and found.password.reveal()) == password
    assert (found.become_password and found.become_password.reveal()) == become_password


def test_password_files_that_ansible_cfg_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "login").write_text("from file\n")
    (tmp_path / "sudo").write_text("#!/bin/sh\necho from program\n")
    (tmp_path / "sudo").chmod(0o755)
    monkeypatch.setenv("ANSIBLE_CONNECTION_PASSWORD_FILE", str(tmp_path / "login"))
    monkeypatch.setenv("ANSIBLE_BECOME_PASSWORD_FILE", str(tmp_path / "sudo"))
    found = read_inventory("mx1,").hosts[0].connection
    assert found.password is not None
    assert found.become_password is not None
    assert (found.password.reveal(), found.become_password.reveal()) == ("from file", "from program")


def test_become_method_of_a_collection_that_is_not_installed(host: Host) -> None:
    found = host("ansible_become: true, ansible_become_method: example.org.doas, ansible_become_user: mail")
    assert (found.become, found.become_method, found.become_user) == (True, "example.org.doas", "mail")
    assert (found.become_flags, found.become_exe) == ("", "example.org.doas")


def test_become_is_off_unless_asked_for(host: Host) -> None:
    assert not host("").become
    assert not host("ansible_become: 'false'").become
    assert not host("ansible_become_user: root").become


def test_defaults_of_the_class_are_those_of_a_host_of_which_nothing_is_said(host: Host) -> None:
    found = host("")
    assert found == Connection(
        kind="ssh", plugin="ssh", address="mx1", ssh_args=found.ssh_args, become_flags=found.become_flags
    )
