"""An audit withstands what it meets: dead hosts, banners, dropped connections, bad inventories; and says so in a line.

ssh is a small script here, since what matters is what mailassay makes of it; tests/lab tries the real one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
# What stands in for ssh: everything before the last argument is options; the last is the remote command.
GOOD = f'for last; do :; done; PATH={ROOT}/tests/stand_in:$PATH exec sh -c "$last"'


def pytest_run(*arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout)


# A test must not ask public block lists.
_NO_BLOCK_LISTS: Mapping[str, object] = {"mailassay_block_lists": [], "mailassay_domain_block_lists": []}


class Site:
    """An inventory in a temporary folder, whose hosts are reached through scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "acme"
        self.folder.mkdir()
        self.out = folder / "out"

    def write(self, hosts: Mapping[str, tuple[str, Mapping[str, object]]]) -> None:
        table = {}
        for name, (script, variables) in hosts.items():
            ssh = self.folder.parent / f"ssh-{name}"
            ssh.write_text(f"#!/bin/sh\n{script}\n")
            ssh.chmod(0o755)
            table[name] = {
                "ansible_ssh_executable": str(ssh),
                "mailassay_roles": ["null-client"],
                **_NO_BLOCK_LISTS,
                **variables,
            }
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": table}}))

    def audit(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        inventory = ("--inventory", str(self.folder / "hosts.yml"), "--out", str(self.out))
        return pytest_run("checks", *inventory, *arguments, timeout=timeout)

    def results(self) -> list[dict[str, object]]:
        text = (self.out / "acme" / "latest" / "results.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def unexplained(self, verdict: str) -> list[str]:
        found = [r for r in self.results() if r["verdict"] == verdict and not r["because"]]
        return [f"{r['check']}@{r['target']}: {r['seen']}" for r in found]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


ONLY_HOSTS = ("-k", "check_hosts")


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("echo 'ssh: connect to host x port 22: Connection refused' >&2; exit 255", "Connection refused"),
        ("echo 'audit@x: Permission denied (publickey).' >&2; exit 255", "Permission denied"),
        ("echo 'Host key verification failed.' >&2; exit 255", "Host key verification failed"),
        ("exit 0", "without a word"),
        ("exec sleep 300", "no answer within 2 s"),
    ],
)
def test_a_host_that_is_not_reached_costs_one_unknown_and_one_timeout(site: Site, script: str, word: str) -> None:
    calls = site.folder.parent / "calls"
    site.write({"dead": (f"echo once >> {calls}\n{script}", {"mailassay_connect_timeout": 2}), "live": (GOOD, {})})
    done = site.audit(timeout=200)  # the last of them would sleep for longer
    assert calls.read_text() == "once\n"
    (unknown,) = [line for line in site.unexplained("unknown") if "dead" in line]
    assert unknown.startswith("hosts.reached@dead: dead was not reached: ")
    assert word in unknown
    assert word in done.stdout
    assert [r["verdict"] for r in site.results() if r["check"] == "hosts.reached" and r["target"] == "live"] == ["pass"]


@pytest.mark.parametrize(
    "script",
    [
        f"echo '*** Welcome to mx1 ***'; printf 'no newline'; {GOOD}",
        f"printf '\\377\\376 not UTF-8\\n'; {GOOD}",
        f"printf '\\033[2J<script>]]>\\n' >&2; {GOOD}",
    ],
)
def test_noise_at_login_changes_nothing(site: Site, script: str) -> None:
    site.write({"mx1": (script, {})})
    site.audit(*ONLY_HOSTS)
    assert [r["verdict"] for r in site.results() if r["check"] == "hosts.reached"] == ["pass"]


def test_sudo_refused_is_one_unknown(site: Site) -> None:
    stubs = site.folder.parent / "bin"
    stubs.mkdir()
    for name, text in {"sudo": "echo 'sudo: a password is required' >&2; exit 1", "id": "echo 1000"}.items():
        (stubs / name).write_text(f"#!/bin/sh\n{text}\n")
        (stubs / name).chmod(0o755)
    site.write(
        {"mx1": (f"PATH={stubs}:$PATH; {GOOD}", {"mailassay_roles": ["mx"], "mailassay_hostname": "mx1.example.org"})}
    )
    site.audit("-k", "check_reached or check_privileged or check_listening")
    (blind,) = site.unexplained("unknown")
    assert blind.startswith("hosts.privileged@mx1")


def test_a_connection_lost_half_way_is_one_unknown(site: Site) -> None:
    through = """while IFS= read -r l; do printf '%s\\n' "$l"; case $l in *" over 0") exit;; esac; done"""
    site.write(
        {
            "mx1": (
                f'for last; do :; done; sh -c "$last" | {{ {through}; }}',
                {"mailassay_roles": ["mx"], "mailassay_hostname": "mx1.example.org"},
            )
        }
    )
    site.audit("-k", "not endpoint and not domain and not observer")
    mine = [line for line in site.unexplained("unknown") if "@mx1: " in line]
    assert mine == ["hosts.reached@mx1: mx1 was not reached: the connection was lost half-way"]


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"mailassay_role": ["mx"]}, "did you mean mailassay_roles?"),
        ({"mailassay_roles": ["mxx"]}, "did you mean mx?"),
        ({"mailassay_connect_timeout": "soon"}, "must be of type int"),
        ({"mailassay_state": "retird"}, "did you mean retired?"),
        ({"mailassay_active": "the other one"}, "mailassay_active"),
    ],
)
def test_a_wrong_variable_stops_the_run_with_one_line(site: Site, variables: Mapping[str, object], word: str) -> None:
    site.write({"mx1": (GOOD, variables)})
    done = site.audit()
    assert done.returncode == 4
    assert word in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not site.out.exists()


def test_hosts_without_roles_get_what_every_host_must_have_and_are_listed(site: Site) -> None:
    site.write({"mx1": (GOOD, {}), "new": (GOOD, {})})
    table = site.folder / "hosts.yml"
    table.write_text(table.read_text().replace("mailassay_roles", "tier", 1), "utf-8")
    said = site.audit("-k", "hosts or resources").stdout
    assert "roles not declared, so judged by what every host must have: mx1 (see `make propose`)" in said
    assert "pass" in {r["verdict"] for r in site.results() if r["target"] == "mx1"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("checks",), "--inventory"),
        (("checks", "--inventory", "/nowhere"), "/nowhere"),
        (("checks", "--replay", "/nowhere"), "/nowhere"),
        (("checks", "--inventory", "inventories/lab/hosts.yml", "--limit", "nosuch"), "nosuch"),
        (("checks", "--inventory", "inventories/lab/hosts.yml", "--allow", "everything"), "everything"),
    ],
)
def test_an_audit_without_hosts_is_never_green(arguments: tuple[str, ...], word: str) -> None:
    done = pytest_run(*arguments)
    assert done.returncode == 4
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_selection_that_matches_no_check_is_not_green(site: Site) -> None:
    site.write({"mx1": (GOOD, {})})
    assert site.audit("-k", "no_such_check").returncode == 5


def test_a_replay_gives_the_same_verdicts_without_any_network(site: Site) -> None:
    site.write({"mx1": (GOOD, {}), "dead": ("exit 255", {"mailassay_connect_timeout": 2})})
    first = site.audit().returncode
    before = site.results()
    (site.folder.parent / "ssh-mx1").unlink()
    latest = str((site.out / "acme" / "latest").resolve())
    again = pytest_run("checks", "--replay", latest, "--out", str(site.out))
    assert again.returncode == first
    assert site.results() == before


def test_a_run_of_some_hosts_knows_the_others_and_can_be_replayed(site: Site) -> None:
    site.write({"mx1": (GOOD, {"mailassay_observer": "out1"}), "out1": (GOOD, {"mailassay_hostname": "out1.example"})})
    first = site.audit("--limit", "mx1", "-k", "hosts or resources").returncode
    latest = str((site.out / "acme" / "latest").resolve())
    again = pytest_run("checks", "--replay", latest, "--out", str(site.out), "-k", "hosts or resources")
    assert (again.returncode, again.stderr) == (first, "")


def test_collect_only_and_plan_contact_nobody(site: Site) -> None:
    site.write({"mx1": ("touch $(dirname $0)/contacted", {})})
    plan = site.audit("--plan")
    site.audit("--collect-only")
    assert "mx1: command id -u" in plan.stdout
    assert not (site.folder.parent / "contacted").exists()


def test_ctrl_c_while_gathering_ends_within_seconds(site: Site) -> None:
    site.write({"mx1": ("touch $(dirname $0)/contacted; exec sleep 300", {"mailassay_connect_timeout": 200})})
    options = ["--inventory", str(site.folder / "hosts.yml"), "--out", str(site.out)]
    argv = [sys.executable, "-m", "pytest", "checks", *options]
    # Where the tests run in the background, the shell has them ignore SIGINT, and what they start with them.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=heed) as process:
        for _ in range(300):  # a busy machine takes its time to start
            if (site.folder.parent / "contacted").exists():
                break
            time.sleep(0.2)
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 2


def test_xdist_gives_the_same_results(site: Site) -> None:
    site.write({"mx1": (GOOD, {}), "dead": ("exit 255", {"mailassay_connect_timeout": 2})})
    first = site.audit().returncode
    before = sorted(map(str, site.results()))
    latest = str((site.out / "acme" / "latest").resolve())
    again = pytest_run("checks", "--replay", latest, "--out", str(site.out), "-n", "2")
    assert again.returncode == first
    assert sorted(map(str, site.results())) == before
