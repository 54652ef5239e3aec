"""The inventory is read as Ansible reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.inventory import read_inventory
from tests.sites import names, problem, site

ROOT = Path(__file__).parents[1]

FLEET = """\
[mx]
mx1.example.org
mx2.example.org
mx3.example.org
[mailbox]
box1.example.org
[prod:children]
mx
[prod]
box1.example.org
[test]
mx3.example.org
"""


def test_ini_file_with_group_vars_beside_it(tmp_path: Path) -> None:
    folder = site(tmp_path, {"hosts.ini": FLEET, "group_vars/mx.yml": "mailassay_roles: [mx]\nmail_roles: [other]\n"})
    inventory = read_inventory(folder / "hosts.ini")
    assert inventory.all_hosts == ("mx1.example.org", "mx2.example.org", "mx3.example.org", "box1.example.org")
    assert sorted(names(inventory)) == sorted(inventory.all_hosts)
    by_name = {host.name: host for host in inventory.hosts}
    box1, mx1 = by_name["box1.example.org"], by_name["mx1.example.org"]
    assert (mx1.groups, box1.groups) == (("mx", "prod"), ("mailbox", "prod"))
    assert dict(mx1.mailassay) == {"mailassay_roles": ["mx"]}, "only our variables, with their prefix"
    assert dict(box1.mailassay) == {}
    assert (inventory.source, inventory.site, inventory.warnings) == (str(folder / "hosts.ini"), "site", ())


def test_folder_of_yaml_ini_and_a_plugin_with_host_vars(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        {
            "01.yml": "mx: {hosts: {mx1: {mailassay_roles: [mx], tier: core}}}\n",
            "02": "[mailbox]\nbox[1:2] tier=edge\n",
            "03_constructed.yml": "plugin: constructed\nstrict: true\nkeyed_groups: [{key: tier, prefix: tier}]\n",
            "README.md": "not an inventory, and passed over by its suffix\n",
            "host_vars/box1.yml": "mailassay_roles: [mailbox]\n",
            "group_vars/tier_edge.yml": "mailassay_queue_age: 60\n",
        },
    )
    inventory = read_inventory(folder)
    assert names(inventory) == ["mx1", "box1", "box2"]
    assert inventory.hosts[1].groups == ("mailbox", "tier_edge")
    assert dict(inventory.hosts[1].mailassay) == {"mailassay_roles": ["mailbox"], "mailassay_queue_age": 60}
    assert inventory.site == "site"


def test_folder_may_hold_waivers_and_debt(tmp_path: Path) -> None:
    ours = dict.fromkeys(("waivers.yml", "debt.yml", "expected.yml"), "- {check: tls.*, scope: mx1}\n")
    inventory = read_inventory(site(tmp_path, {"hosts.yml": "mx: {hosts: {mx1: }}\n", **ours}))
    assert (names(inventory), inventory.warnings) == (["mx1"], ())


def test_script_and_toml_and_json_inventories(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        {
            "a.sh": "#!/bin/sh\ncat <<.\n"
            '{"mx": {"hosts": ["mx1"]}, "_meta": {"hostvars": {"mx1": {"mailassay_x": 1}}}}\n.\n',
            "b.json": '{"mx": {"hosts": {"mx2": {"mailassay_x": 2}}}}\n',
            "c.toml": "[mx.hosts.mx3]\nmailassay_x = 3\n",
        },
    )
    hosts = read_inventory(folder).hosts
    assert [(host.name, host.mailassay["mailassay_x"]) for host in hosts] == [("mx1", 1), ("mx2", 2), ("mx3", 3)]


def test_list_of_names() -> None:
    inventory = read_inventory("mx1.example.org,192.0.2.1,")
    assert (names(inventory), inventory.site) == (["mx1.example.org", "192.0.2.1"], "hosts")
    assert inventory.hosts[1].connection.address == "192.0.2.1"


def test_values_are_templated_and_plain(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        {
            "hosts.yml": """
all:
  hosts:
    mx1:
      site_domain: example.org
      mailassay_hostname: "{{ inventory_hostname }}.{{ site_domain }}"
      mailassay_list: ["{{ site_domain }}", {name: "{{ [1, 2] | sum }}"}]
      mailassay_date: 2026-01-02
      mailassay_left_out: "{{ omit }}"
      mailassay_null:
      mailassay_raw: !unsafe "{{ not a template }}"
      mailassay_peer: "{{ hostvars['mx2'].mailassay_hostname }}, {{ groups['all'] | length }}"
    mx2: {mailassay_hostname: "{{ inventory_hostname }}.example.net"}
"""
        },
    )
    found = dict(read_inventory(folder).hosts[0].mailassay)
    assert found.pop("mailassay_date").__class__.__module__ == "datetime"
    assert found == {
        "mailassay_hostname": "mx1.example.org",
        "mailassay_list": ["example.org", {"name": 3}],
        "mailassay_null": None,
        "mailassay_raw": "{{ not a template }}",
        "mailassay_peer": "mx2.example.net, 2",
    }
    assert {type(value) for value in found.values()} == {str, list, type(None)}, "no type of Ansible's own"


def test_equal_templates_differ_by_host_and_by_their_own_settings(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        {
            "hosts": "mx1\nmx2\n",
            "group_vars/all.yml": 'mailassay_a: "{{ inventory_hostname }}"\n'
            "mailassay_b: \"#jinja2:variable_start_string:'[%',variable_end_string:'%]'\\n[% inventory_hostname %]\"\n",
        },
    )
    values = [list(host.mailassay.values()) for host in read_inventory(folder).hosts]
    assert values == [["mx1", "mx1"], ["mx2", "mx2"]]


def test_working_directory_is_no_playbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = site(tmp_path, {"hosts": "mx1\n", "elsewhere/group_vars/all.yml": "mailassay_x: 1\n"})
    monkeypatch.chdir(folder / "elsewhere")
    assert dict(read_inventory("../hosts").hosts[0].mailassay) == {}
    monkeypatch.setenv("ANSIBLE_PLAYBOOK_DIR", str(folder / "elsewhere"))
    assert dict(read_inventory("../hosts").hosts[0].mailassay) == {"mailassay_x": 1}


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, "box1 mx1 mx2 mx3"),
        ("", "box1 mx1 mx2 mx3"),
        ("mx*:&prod", "mx1 mx2 mx3"),
        ("prod:!test", "box1 mx1 mx2"),
        ("!mx3.example.org", "box1 mx1 mx2"),
        ("mx[0:1]", "mx1 mx2"),
        ("mx[-1]", "mx3"),
        ("box1.example.org,mx2*", "box1 mx2"),
        (r"~(mx1|box\d)\.example", "box1 mx1"),
        ("@{folder}/failed", "box1 mx2"),
    ],
)
def test_limit_is_an_ansible_pattern(tmp_path: Path, limit: str | None, expected: str) -> None:
    folder = site(tmp_path, {"hosts.ini": FLEET, "failed": "box1.example.org\nmx2.example.org\n"})
    inventory = read_inventory(folder / "hosts.ini", limit.format(folder=folder) if limit else limit)
    assert sorted(name.split(".")[0] for name in names(inventory)) == expected.split()
    assert len(inventory.all_hosts) == 4


def test_hosts_outside_the_limit_are_known_too(tmp_path: Path) -> None:
    folder = site(tmp_path, {"hosts": "mx1\noutside1 ansible_host=192.0.2.7 mailassay_observer=x\n"})
    inventory = read_inventory(folder, "mx1")
    (found,) = inventory.others
    assert (found.connection.address, found.mailassay["mailassay_observer"]) == ("192.0.2.7", "x")
    assert names(inventory) == ["mx1"]


def test_localhost_exists_when_named(tmp_path: Path) -> None:
    folder = site(tmp_path, {"hosts": "mx1\n", "group_vars/all.yml": "mailassay_x: 1\n"})
    host = read_inventory(folder, "localhost").hosts[0]
    assert (host.name, host.connection.kind, dict(host.mailassay)) == ("localhost", "local", {"mailassay_x": 1})
    assert names(read_inventory(folder)) == ["mx1"]


def test_limit_that_matches_in_part_is_warned_of(tmp_path: Path) -> None:
    inventory = read_inventory(site(tmp_path, {"hosts": "mx1\n"}), "mx1,mx9")
    assert inventory.warnings == ("Could not match supplied host pattern, ignoring: mx9",)


def test_limit_that_matches_nobody_says_how_many_there_are(tmp_path: Path) -> None:
    said = str(problem(site(tmp_path, {"hosts.ini": FLEET}), "mx9*"))
    assert "no host matches the limit 'mx9*'" in said
    assert "the inventory has 4" in said


@pytest.mark.parametrize("limit", ["~(", "@/no/such/file", "@/", "nogroup[5]", "mx[7]", "mx:&"])
def test_limit_that_is_none(tmp_path: Path, limit: str) -> None:
    assert repr(limit) in str(problem(site(tmp_path, {"hosts.ini": FLEET}), limit))


# --- one process, one fleet -----------------------------------------------------------------------------------------


def test_standard_streams_and_ansible_are_left_as_they_were(tmp_path: Path) -> None:
    code = """
import gc, sys
write, errors = sys.stdout.write, sys.stdout.errors
from checks.inventory import read_inventory
assert "ansible" not in sys.modules, "ansible-core is imported when it is needed"
read_inventory(sys.argv[1])
from ansible.utils.display import Display
assert (sys.stdout.write, sys.stdout.errors) == (write, errors)
assert "display" not in vars(Display())
assert gc.isenabled()
Display().warning("heard again")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, site(tmp_path, {"hosts": "mx1\n"})],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "heard again" in done.stderr


def test_ten_thousand_hosts(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        {
            "hosts": "[mx]\nmx[0001:9999].example.org\n[box]\nbox1.example.org\n",
            "group_vars/all.yml": "ansible_host: '{{ inventory_hostname_short }}.mgmt.example.org'\n"
            "mailassay_x: {a: [1]}\n",
        },
    )
    inventory = read_inventory(folder)
    assert len(inventory.hosts) == len(inventory.all_hosts) == 10_000
    assert inventory.hosts[4].connection.address == "mx0005.mgmt.example.org"
    assert len({id(host.mailassay["mailassay_x"]) for host in inventory.hosts}) == 1, "what is equal is kept once"


def test_example_can_be_read_and_says_all_that_is_required() -> None:
    inventory = read_inventory(ROOT / "inventories/example")
    assert inventory.site == "example"
    assert inventory.warnings == ()
    assert all("mailassay_roles" in host.mailassay for host in inventory.hosts)
    assert any("mailassay_domains" in host.mailassay for host in inventory.hosts)
