"""What is wrong with an inventory is one clear line, and Ansible prints nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.inventory import read_inventory
from tests.sites import names, problem, site

BAD = {
    "bad.yml": ("mx:\n  hosts:\n    mx1:\n   mx2:\n", "bad.yml:4: Ansible's yaml plugin cannot read it"),
    "tab.yml": ("mx:\n\thosts:\n", "tab.yml:2: "),
    "list.yml": ("- mx1\n", "list.yml: Ansible's yaml plugin cannot read it: YAML inventory has invalid structure"),
    "bad.json": ('{"mx": {"hosts": ["mx1"}}', "bad.json:1: "),
    "bad.toml": ("mx =\n", "bad.toml: Ansible's toml plugin"),
    "plugin.yml": ("plugin: example.org.nosuch\n", "plugin.yml: Ansible's auto plugin cannot read it"),
    "hosts": ("mx1\n\nmx2 ansible_password= s3cret\n", "hosts:3: Ansible's ini plugin"),
    "quote.ini": ("mx1 ansible_password='s3cret\n", "quote.ini:1: "),
    "vars.ini": ("mx1\n[all:vars]\nansible_password s3cret\n", "vars.ini:3: "),
    "group.ini": ("mx1\n[prod:children]\nnosuch\n\n[other]\nmx2\n", "group.ini:3: "),
    "fails.sh": ("#!/bin/sh\necho s3cret; exit 3\n", "fails.sh: Ansible's script plugin"),
    "text.sh": ("#!/bin/sh\necho s3cret\n", "text.sh: Ansible's script plugin"),
}


@pytest.mark.parametrize(("name", "alone"), [(name, alone) for name in BAD for alone in (True, False)])
def test_file_that_cannot_be_parsed(tmp_path: Path, name: str, alone: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """Ansible warns and goes on with fewer hosts; here it is an error, also of one file among good ones."""
    folder = site(tmp_path, {name: BAD[name][0]} if alone else {name: BAD[name][0], "0good": "mx0\n", "zgood": "mx9\n"})
    said = str(problem(folder / name if alone else folder))
    assert said.startswith(f"{folder}/{BAD[name][1]}")
    assert ("ignore_patterns" in said) is not alone
    assert "s3cret" not in said
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "there is no such inventory"),
        ({"hosts": ""}, "the inventory has no hosts"),
        ({"README.md": ""}, "the inventory has no hosts"),
        ({"hosts.yml": "all:\n  host:\n    mx1:\n"}, 'Skipping unexpected key (host) in group (all), only "vars"'),
        ({"hosts": "mx1\n", "group_vars/all.yml": "a: [\n"}, "group_vars/all.yml"),
        ({"hosts": "mx1\n", "group_vars/all.yml": "just text\n"}, "group_vars/all.yml"),
        ({"hosts": "mx1\n", "host_vars/mx1.yml": "a: b: c\n"}, "host_vars/mx1.yml:1: YAML parsing failed"),
        ({"hosts": "mx1 mailassay_x={{nosuch}}\n"}, "host mx1, mailassay_x"),
        ({"hosts.yml": "all: {hosts: {mx1: {ansible_host: '{{ nosuch }}'}}}"}, "'nosuch' is undefined"),
        ({"hosts.yml": "all: {hosts: {mx1: {mailassay_x: {y: ['{{ a.b }}']}}}}"}, "hosts.yml:1): 'a' is undefined"),
        ({"hosts.yml": "all: {hosts: {mx1: {mailassay_x: '{{ a b }}'}}}"}, "Syntax error in template"),
        ({"hosts.yml": "all: {hosts: {mx1: {mailassay_x: '{{ mailassay_x }}'}}}"}, "Recursive loop"),
        ({"hosts.yml": "all: {hosts: {mx1: {mailassay_x: '{{ 1 / 0 }}'}}}"}, "division by zero"),
        ({"hosts.yml": "all: {hosts: {mx1: {mailassay_x: '{{ range }}'}}}"}, "host mx1, mailassay_x"),
        ({"hosts.yml": "all: {hosts: {mx1: {ansible_port: ssh}}}"}, "host mx1, ansible_port: the value is not of"),
        ({"hosts.yml": "all: {hosts: {mx1: {ansible_host: [a, b]}}}"}, "host mx1, ansible_host: the value is not of"),
        ({"hosts.yml": "all: {hosts: {mx1: {ansible_become: perhaps}}}"}, "ansible_become: it is neither true nor"),
        (
            {"hosts.yml": "all: {hosts: {mx1: {ansible_timeout: soon}}}"},
            "host mx1, ansible_timeout: the value is not of",
        ),
        ({"hosts.yml": 'all: {hosts: {mx1: {ansible_ssh_common_args: "-o \'x"}}}'}, "ansible_ssh_common_args: a quot"),
        ({"hosts.yml": "all: {hosts: {../../etc/x: }}"}, "'../../etc/x' cannot be a host's name"),
        ({"hosts.yml": "all: {hosts: {mx1: {ansible_host: -oProxyCommand=id}}}"}, "cannot be a host's address"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, files: dict[str, str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert said in str(problem(site(tmp_path, files)))
    assert capfd.readouterr() == ("", "")


def test_file_that_may_not_be_read(tmp_path: Path) -> None:
    folder = site(tmp_path, {"hosts": "mx1\n"})
    (folder / "gone").symlink_to(folder / "nowhere")
    assert str(problem(folder)).startswith(f"{folder}/gone: Ansible cannot read this as an inventory")


def test_other_hosts_are_not_worked_out(tmp_path: Path) -> None:
    folder = site(tmp_path, {"hosts.yml": "all: {hosts: {mx1: , mx2: {mailassay_x: '{{ nosuch }}'}}}"})
    assert names(read_inventory(folder, "mx1")) == ["mx1"]
    assert "host mx2" in str(problem(folder))


def test_variables_that_are_not_ours_may_be_broken(tmp_path: Path) -> None:
    folder = site(tmp_path, {"hosts.yml": "all: {hosts: {mx1: {mail_x: '{{ nosuch }}', y: !vault x}}}"})
    assert names(read_inventory(folder)) == ["mx1"]


@pytest.mark.parametrize(
    "settings", ["[defaults\n", "[defaults]\ntimeout = soon\n", "[defaults]\nlocal_tmp = /proc/x\n"]
)
def test_ansible_cfg_that_cannot_be_used(tmp_path: Path, settings: str) -> None:
    (tmp_path / "ansible.cfg").write_text(settings)
    code = "from checks.inventory import *\ntry: read_inventory('mx1,')\nexcept InventoryProblem as p: print(p, end='')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("ansible.cfg or an ANSIBLE_* variable: ")
    assert (done.stdout.count("\n"), done.stderr) == (0, "")
