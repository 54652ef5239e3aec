"""A control node of the lab (ns1) audits another host every night (playbooks/schedule.yml): timer, service, what it leaves."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
STORE = Path("/var/lib/mailassay-lab/ssh")
NODE = "/opt/mailassay"
RUNS = "/var/lib/mailassay/night"
INVENTORY = """
mx1:
  hosts: {mx1: {ansible_host: 10.77.1.11, ansible_user: audit}}
  vars: {mailassay_roles: [mx], mailassay_domains: [], mailassay_hostname: mx1.alpha.test, mailassay_keep_runs: 2}
"""
# What the node's administrator does once: the suite with its Python packages, and a key that the hosts know.
PREPARE = f"""
set -e
tar -C {NODE} -xf {NODE}/suite.tar
python3 -m venv --without-pip {NODE}/.venv
tar -C {NODE}/.venv/lib/python3*/site-packages -xf {NODE}/packages.tar
for name in pytest ansible-playbook; do sed "1s|.*|#!{NODE}/.venv/bin/python|" {NODE}/$name >{NODE}/.venv/bin/$name; done
chmod 755 {NODE}/.venv/bin/*
install -d -m 700 -o mailassay -g mailassay /var/lib/mailassay/.ssh
install -m 600 -o mailassay -g mailassay {NODE}/id {NODE}/known_hosts /var/lib/mailassay/.ssh/
printf 'IdentityFile ~/.ssh/id\\nUserKnownHostsFile ~/.ssh/known_hosts\\n' >/var/lib/mailassay/.ssh/config
chown mailassay: /var/lib/mailassay/.ssh/config
"""


@pytest.fixture
def node(lab: Command) -> Iterator[Path]:
    """The root of ns1, with a checkout and its packages in archives; put back afterwards."""
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the packages of this Python do not fit ns1's, which is Debian 12's 3.11")
    root = Path("/run/mailassay-lab", os.environ.get("MAILASSAY_LAB") or "0", "ns1/root")
    there = root / NODE.lstrip("/")
    there.mkdir()
    archive(there / "suite.tar", CHECKOUT, "checks", "reports", "pyproject.toml")
    packages = next(Path(sys.prefix).glob("lib/python3*/site-packages"))
    archive(there / "packages.tar", packages, ".")
    for name in ("pytest", "ansible-playbook"):
        (there / name).write_bytes((Path(sys.prefix) / "bin" / name).read_bytes())
    (there / "id").write_bytes((STORE / "audit").read_bytes())
    (there / "known_hosts").write_text((STORE / "known_hosts").read_text().replace("mx1 ", "mx1,10.77.1.11 "))
    (there / "inventories/night").mkdir(parents=True)
    (there / "inventories/night/hosts.yml").write_text(INVENTORY)
    yield root
    lab("reset", "ns1")


def archive(to: Path, folder: Path, *what: str) -> None:
    """A tar archive of these parts of a folder."""
    left_out = ("--exclude=__pycache__", "--exclude=reports/out", "--exclude=*.pyc")
    subprocess.run(["tar", "-C", str(folder), *left_out, "-cf", str(to), *what], check=True, timeout=120)


def playbook() -> subprocess.CompletedProcess[str]:
    """playbooks/schedule.yml for the control node."""
    argv = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        "inventories/lab/hosts.yml",
        "--limit",
        "ns1",
    ]
    said = {
        "ansible_user": "root", "ansible_ssh_private_key_file": str(STORE / "configure"),
        "schedule_inventory": f"{NODE}/inventories/night/hosts.yml", "schedule_prometheus": "/var/lib/mailassay/mail.prom",
        "schedule_hook": "sh -c 'cat >>/var/lib/mailassay/told'",
    }  # fmt: skip
    argv += ["playbooks/schedule.yml", *(word for pair in said.items() for word in ("-e", "=".join(pair)))]
    environment = {**os.environ, "ANSIBLE_CONFIG": "inventories/lab/ansible.cfg"}
    return subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_nightly_audit_runs_tells_and_keeps(lab: Command, node: Path) -> None:
    done = playbook()
    assert done.returncode == 0, done.stdout + done.stderr
    lab("sh", "ns1", PREPARE)
    assert "mailassay-night.timer" in lab("sh", "ns1", "systemctl list-timers --all").stdout
    for _ in range(3):
        started = lab("sh", "ns1", "systemctl start mailassay-night.service", check=False, seconds=300)
        assert started.returncode == 0, lab("sh", "ns1", "journalctl -u mailassay-night.service --no-pager").stdout
    runs = lab("sh", "ns1", f"cd {RUNS} && ls -d 2*").stdout.split()
    assert len(runs) == 2, "policy keeps two runs"
    latest = lab("sh", "ns1", f"cat {RUNS}/latest/results.jsonl").stdout
    assert '"postfix.valid"' in latest
    assert "mailassay_" in lab("sh", "ns1", "cat /var/lib/mailassay/mail.prom").stdout
    assert lab("sh", "ns1", "stat -c %U /var/lib/mailassay/night/latest/results.jsonl").stdout.strip() == "mailassay"
