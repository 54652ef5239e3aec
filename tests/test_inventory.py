"""The inventory is read as Ansible reads it; what is wrong with it is one clear line; what is secret stays so."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret  # type: ignore[import-untyped]

from checks.connection import Secret
from checks.inventory import Inventory, InventoryProblem, read_inventory

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery staple"
Tree = Callable[[dict[str, str]], Path]

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


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes a site's inventory folder from path: text; what begins with #! becomes executable."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if text.startswith("#!") else 0o644)
        return tmp_path / "site"

    return write


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Encrypts text with a password that ANSIBLE_VAULT_PASSWORD_FILE knows."""
    file = tmp_path / "vault-password"
    file.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(file))
    return lambda text: encrypted(text, PASSWORD)


def encrypted(text: str, password: str) -> str:
    return str(VaultLib().encrypt(text, VaultSecret(password.encode())).decode())


def inline(ciphertext: str) -> str:
    """A vault's text as a value within YAML."""
    return "!vault |\n" + "".join(f"          {line}\n" for line in ciphertext.splitlines())


def names(inventory: Inventory) -> list[str]:
    return [host.name for host in inventory.hosts]


def problem(source: Path | str, limit: str | None = None) -> InventoryProblem:
    with pytest.raises(InventoryProblem) as caught:
        read_inventory(source, limit)
    assert "\n" not in str(caught.value)
    return caught.value


# --- what is read ---------------------------------------------------------------------------------------------------


def test_ini_file_with_group_vars_beside_it(tree: Tree) -> None:
    folder = tree({"hosts.ini": FLEET, "group_vars/mx.yml": "mailassay_roles: [mx]\nmail_roles: [other]\n"})
    inventory = read_inventory(folder / "hosts.ini")
    assert inventory.all_hosts == ("mx1.example.org", "mx2.example.org", "mx3.example.org", "box1.example.org")
    assert sorted(names(inventory)) == sorted(inventory.all_hosts)
    box1, mx1 = inventory.host("box1.example.org"), inventory.host("mx1.example.org")
    assert box1 is not None
    assert mx1 is not None
    assert (mx1.groups, box1.groups) == (("mx", "prod"), ("mailbox", "prod"))
    assert dict(mx1.mailassay) == {"mailassay_roles": ["mx"]}, "only our variables, with their prefix"
    assert dict(box1.mailassay) == {}
    assert (inventory.source, inventory.site, inventory.warnings) == (str(folder / "hosts.ini"), "site", ())


def test_folder_of_yaml_ini_and_a_plugin_with_host_vars(tree: Tree) -> None:
    folder = tree(
        {
            "01.yml": "mx: {hosts: {mx1: {mailassay_roles: [mx], tier: core}}}\n",
            "02": "[mailbox]\nbox[1:2] tier=edge\n",
            "03_constructed.yml": "plugin: constructed\nstrict: true\nkeyed_groups: [{key: tier, prefix: tier}]\n",
            "README.md": "not an inventory, and passed over by its suffix\n",
            "host_vars/box1.yml": "mailassay_roles: [mailbox]\n",
            "group_vars/tier_edge.yml": "mailassay_queue_age: 60\n",
        }
    )
    inventory = read_inventory(folder)
    assert names(inventory) == ["mx1", "box1", "box2"]
    assert inventory.hosts[1].groups == ("mailbox", "tier_edge")
    assert dict(inventory.hosts[1].mailassay) == {"mailassay_roles": ["mailbox"], "mailassay_queue_age": 60}
    assert inventory.site == "site"


def test_script_and_toml_and_json_inventories(tree: Tree) -> None:
    folder = tree(
        {
            "a.sh": "#!/bin/sh\ncat <<.\n"
            '{"mx": {"hosts": ["mx1"]}, "_meta": {"hostvars": {"mx1": {"mailassay_x": 1}}}}\n.\n',
            "b.json": '{"mx": {"hosts": {"mx2": {"mailassay_x": 2}}}}\n',
            "c.toml": "[mx.hosts.mx3]\nmailassay_x = 3\n",
        }
    )
    hosts = read_inventory(folder).hosts
    assert [(host.name, host.mailassay["mailassay_x"]) for host in hosts] == [("mx1", 1), ("mx2", 2), ("mx3", 3)]


def test_list_of_names() -> None:
    inventory = read_inventory("mx1.example.org,192.0.2.1,")
    assert (names(inventory), inventory.site) == (["mx1.example.org", "192.0.2.1"], "hosts")
    assert inventory.hosts[1].connection.address == "192.0.2.1"


def test_values_are_templated_and_plain(tree: Tree) -> None:
    folder = tree(
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
        }
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


def test_equal_templates_differ_by_host_and_by_their_own_settings(tree: Tree) -> None:
    folder = tree(
        {
            "hosts": "mx1\nmx2\n",
            "group_vars/all.yml": 'mailassay_a: "{{ inventory_hostname }}"\n'
            "mailassay_b: \"#jinja2:variable_start_string:'[%',variable_end_string:'%]'\\n[% inventory_hostname %]\"\n",
        }
    )
    values = [list(host.mailassay.values()) for host in read_inventory(folder).hosts]
    assert values == [["mx1", "mx1"], ["mx2", "mx2"]]


def test_working_directory_is_no_playbook(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tree({"hosts": "mx1\n", "elsewhere/group_vars/all.yml": "mailassay_x: 1\n"})
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
def test_limit_is_an_ansible_pattern(tree: Tree, limit: str | None, expected: str) -> None:
    folder = tree({"hosts.ini": FLEET, "failed": "box1.example.org\nmx2.example.org\n"})
    inventory = read_inventory(folder / "hosts.ini", limit.format(folder=folder) if limit else limit)
    assert sorted(name.split(".")[0] for name in names(inventory)) == expected.split()
    assert len(inventory.all_hosts) == 4


def test_host_outside_the_limit_can_be_asked_for(tree: Tree) -> None:
    folder = tree({"hosts": "mx1\noutside1 ansible_host=192.0.2.7 mailassay_observer=x\n"})
    inventory = read_inventory(folder, "mx1")
    found = inventory.host("outside1")
    assert found is not None
    assert (found.connection.address, found.mailassay["mailassay_observer"]) == ("192.0.2.7", "x")
    assert inventory.host("mx1") is inventory.hosts[0]
    assert inventory.host("nobody") is None


def test_localhost_exists_when_named(tree: Tree) -> None:
    folder = tree({"hosts": "mx1\n", "group_vars/all.yml": "mailassay_x: 1\n"})
    host = read_inventory(folder, "localhost").hosts[0]
    assert (host.name, host.connection.kind, dict(host.mailassay)) == ("localhost", "local", {"mailassay_x": 1})
    assert names(read_inventory(folder)) == ["mx1"]


def test_limit_that_matches_in_part_is_warned_of(tree: Tree) -> None:
    inventory = read_inventory(tree({"hosts": "mx1\n"}), "mx1,mx9")
    assert inventory.warnings == ("Could not match supplied host pattern, ignoring: mx9",)


def test_limit_that_matches_nobody_says_how_many_there_are(tree: Tree) -> None:
    said = str(problem(tree({"hosts.ini": FLEET}), "mx9*"))
    assert "no host matches the limit 'mx9*'" in said
    assert "the inventory has 4" in said


@pytest.mark.parametrize("limit", ["~(", "@/no/such/file", "@/", "nogroup[5]", "mx[7]"])
def test_limit_that_is_none(tree: Tree, limit: str) -> None:
    assert repr(limit) in str(problem(tree({"hosts.ini": FLEET}), limit))


# --- what is wrong --------------------------------------------------------------------------------------------------

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
def test_file_that_cannot_be_parsed(tree: Tree, name: str, alone: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """Ansible warns and goes on with fewer hosts; here it is an error, also of one file among good ones."""
    folder = tree({name: BAD[name][0]} if alone else {name: BAD[name][0], "0good": "mx0\n", "zgood": "mx9\n"})
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
        ({"hosts": "mx1\n", "host_vars/mx1.yml": "a: b: c\n"}, "host_vars/mx1.yml:1"),
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
    tree: Tree, files: dict[str, str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert said in str(problem(tree(files)))
    assert capfd.readouterr() == ("", "")


def test_file_that_may_not_be_read(tree: Tree) -> None:
    folder = tree({"hosts": "mx1\n"})
    (folder / "gone").symlink_to(folder / "nowhere")
    assert str(problem(folder)).startswith(f"{folder}/gone: Ansible cannot read this as an inventory")


def test_other_hosts_are_not_worked_out(tree: Tree) -> None:
    folder = tree({"hosts.yml": "all: {hosts: {mx1: , mx2: {mailassay_x: '{{ nosuch }}'}}}"})
    assert names(read_inventory(folder, "mx1")) == ["mx1"]
    assert "host mx2" in str(problem(folder))


def test_variables_that_are_not_ours_may_be_broken(tree: Tree) -> None:
    folder = tree({"hosts.yml": "all: {hosts: {mx1: {mail_x: '{{ nosuch }}', y: !vault x}}}"})
    assert names(read_inventory(folder)) == ["mx1"]


# --- secrets --------------------------------------------------------------------------------------------------------


def test_vaults_are_opened(tree: Tree, vault: Callable[[str], str]) -> None:
    folder = tree(
        {
            "hosts.yml": f"all:\n  hosts:\n    mx1:\n      mailassay_x: {inline(vault('in line'))}",
            "group_vars/all/vault.yml": vault("vault_sudo: s3cret\nmailassay_y: whole file\n"),
            "group_vars/all/vars.yml": "ansible_become_password: '{{ vault_sudo }}'\n",
        }
    )
    host = read_inventory(folder).hosts[0]
    assert dict(host.mailassay) == {"mailassay_x": "in line", "mailassay_y": "whole file"}
    assert host.connection.become_password is not None
    assert host.connection.become_password.reveal() == "s3cret"


def test_inventory_file_may_be_a_vault(tree: Tree, vault: Callable[[str], str]) -> None:
    assert names(read_inventory(tree({"hosts.yml": vault("all: {hosts: {mx1: }}")}))) == ["mx1"]


def test_password_program_and_identity_list(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "password.sh"
    program.write_text(f"#!/bin/sh\necho '{PASSWORD}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", f"dev@prompt, prod@{program}, old@/no/such/file")
    inventory = read_inventory(tree({"hosts": "mx1\n", "group_vars/all": encrypted("mailassay_x: 1", PASSWORD)}))
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
    tree: Tree, files: dict[str, str], said: str, other_password: bool, request: pytest.FixtureRequest
) -> None:
    if other_password:
        request.getfixturevalue("vault")
    found = str(problem(tree({"hosts": "mx1\n", **files})))
    assert said in found
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in found


def test_vault_password_file_that_is_missing(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "/no/such/file")
    assert "/no/such/file was not found" in str(problem(tree({"hosts": "mx1\n"})))


def test_secrets_are_not_shown_or_written(tree: Tree) -> None:
    folder = tree(
        {"hosts": "mx1 ansible_password=s3cret1 ansible_become_password=s3cret2 mailassay_mailbox_password=s3cret3\n"}
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
    with pytest.raises(AssertionError) as failed:
        assert host.connection.password == Secret("s3cret0"), "a failed comparison"
    assert "s3cret" not in str(failed.value).replace("Secret('s3cret0')", "").replace('Secret("s3cret0")', "")


@pytest.mark.parametrize("value", ["{{ table[vault_key] }}", "{{ vault_key.nosuch }}", "{{ vault_key + 1 }}"])
def test_password_that_cannot_be_worked_out_is_not_quoted(tree: Tree, value: str) -> None:
    found = problem(
        tree({"hosts": "mx1 vault_key=s3cret\n", "group_vars/all": f"table: {{}}\nansible_password: '{value}'\n"})
    )
    assert "host mx1, ansible_password" in str(found)
    assert "s3cret" not in f"{found} {found!r} {found.__dict__} {pickle.dumps(found)!r}"
    assert found.__suppress_context__, "Ansible's own exception is not printed with it"


# --- one process, one fleet -----------------------------------------------------------------------------------------


def test_readings_do_not_disturb_each_other(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible keeps its vault secrets, its knowledge of folders and the warnings it gave for the whole process."""
    folder = tree({"hosts": "mx1\n", "group_vars/all": encrypted("mailassay_x: first", "one")})
    for password, text in ("one", "first"), ("two", "second"):
        (tmp_path / "password").write_text(password)
        monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "password"))
        (folder / "group_vars/all").write_text(encrypted(f"mailassay_x: {text}", password))
        inventory = read_inventory(folder, "mx1,mx9")
        assert (inventory.hosts[0].mailassay["mailassay_x"], len(inventory.warnings)) == (text, 1)
    (folder / "host_vars").mkdir()
    (folder / "host_vars/mx1").write_text("mailassay_y: 1\n")
    assert read_inventory(folder).hosts[0].mailassay["mailassay_y"] == 1


def test_standard_streams_and_ansible_are_left_as_they_were(tree: Tree) -> None:
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
        [sys.executable, "-c", code, tree({"hosts": "mx1\n"})],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "heard again" in done.stderr


def test_ten_thousand_hosts(tree: Tree) -> None:
    folder = tree(
        {
            "hosts": "[mx]\nmx[0001:9999].example.org\n[box]\nbox1.example.org\n",
            "group_vars/all.yml": "ansible_host: '{{ inventory_hostname_short }}.mgmt.example.org'\n"
            "mailassay_x: {a: [1]}\n",
        }
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
