"""Each way of becoming root on a real host: what an audit sees with it, and that what it cannot see is one line."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.evidence import collected
from checks.verdict import FAIL, UNKNOWN, Verdict, read
from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
HOST = "mx1"
FILES = ("check_hosts.py", "check_firewall.py", "check_queue.py", "check_opendkim.py", "check_private_key.py")

Audit = Callable[..., list[Verdict]]


@pytest.fixture
def audit(lab: Command, tmp_path: Path) -> Iterator[Audit]:
    """Audits one host with these variables; the roots that it finds: failures and unknowns that nothing explains."""

    def run(**variables: str) -> list[Verdict]:
        made = tmp_path / "site"
        if not made.exists():
            shutil.copytree(CHECKOUT / "inventories/lab", made)
        (made / "host_vars").mkdir(exist_ok=True)
        (made / f"host_vars/{HOST}.yml").write_text("".join(f"{key}: {value}\n" for key, value in variables.items()))
        files = [f"checks/{name}" for name in FILES]
        argv = [sys.executable, "-m", "pytest", *files, "--inventory", str(made / "hosts.yml"), "--limit", HOST]
        out = tmp_path / "out"
        done = subprocess.run([*argv, "--out", str(out)], cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
        found = [read(line) for line in (out / "site/latest/results.jsonl").read_text().splitlines()]
        assert any(v.verdict == "pass" for v in found), done.stdout
        return [v for v in found if v.verdict in (FAIL, UNKNOWN) and not v.because and v.hosts == (HOST,)]

    yield run
    lab("reset", HOST)


def sudoers(lab: Command, *lines: str) -> None:
    lab("sh", HOST, "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines) + " > /etc/sudoers.d/audit; visudo -c")


def as_password(lab: Command) -> None:
    lab("sh", HOST, "echo audit:open-sesame | chpasswd")


def test_sudo_within_a_pty_is_as_good_as_without(lab: Command, audit: Audit) -> None:
    """Defaults use_pty (CIS, and sudo 1.9.14's default): each command runs in a terminal of its own."""
    sudoers(lab, "Defaults use_pty", "audit ALL=(root) NOPASSWD: ALL")
    assert audit() == []


def test_sudo_that_wants_a_terminal_is_one_line(lab: Command, audit: Audit) -> None:
    sudoers(lab, "Defaults requiretty", "audit ALL=(root) NOPASSWD: ALL")
    (said,) = audit()
    assert said.check == "hosts.privileged"


def test_no_privilege_is_one_line(lab: Command, audit: Audit) -> None:
    (said,) = audit(mailassay_become="none")
    assert said.check == "hosts.privileged"


def test_sudo_with_a_password_is_ansibles_become(lab: Command, audit: Audit) -> None:
    as_password(lab)
    sudoers(lab, "Defaults use_pty", "audit ALL=(root) ALL")
    assert audit(mailassay_become="batch", ansible_become="true", ansible_become_password="open-sesame") == []
    (said,) = audit()
    assert said.check == "hosts.privileged"


def install_doas(lab: Command, folder: Path) -> None:
    """The lab's root has none; its package is small, and of the same release as this machine's."""
    words = ["apt-get", "download", "-qq", "opendoas"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    packages = list(folder.glob("opendoas*.deb"))
    if done.returncode or not packages:
        pytest.skip(f"doas cannot be had here: {done.stderr.strip()[-200:]}")
    subprocess.run(["dpkg-deb", "-x", str(packages[0]), str(folder / "doas")], check=True)
    program = base64.b64encode((folder / "doas/usr/bin/doas").read_bytes()).decode()
    lab("sh", HOST, f"base64 -d > /usr/bin/doas <<'WHOLE'\n{program}\nWHOLE\nchmod 4755 /usr/bin/doas")
    lab("sh", HOST, "printf 'auth sufficient pam_permit.so\\naccount required pam_permit.so\\n' > /etc/pam.d/doas")


def test_doas_is_ansibles_become(lab: Command, audit: Audit, tmp_path: Path) -> None:
    install_doas(lab, tmp_path)
    lab(
        "sh",
        HOST,
        "echo 'permit nopass audit as root' > /etc/doas.conf; chmod 0600 /etc/doas.conf; rm /etc/sudoers.d/*",
    )
    become = {"ansible_become": "true", "ansible_become_method": "community.general.doas", "ansible_become_exe": "doas"}
    assert audit(mailassay_become="batch", **become) == []


def test_the_collector_is_as_good_as_sudo_and_what_it_lacks_is_one_line(
    lab: Command, audit: Audit, tmp_path: Path
) -> None:
    """Printed before any run it lacks what follows from answers; printed anew after one run, and another, nothing."""
    said: list[Verdict] = []
    for _ in range(5):
        argv = [sys.executable, "-m", "checks.collector", "--inventory", "inventories/lab/hosts.yml", "--limit", HOST]
        made = tmp_path / "out/site"
        kept = ["--out", str(tmp_path / "out")] if made.exists() else ["--out", str(tmp_path)]
        if made.exists() and not (tmp_path / "out/lab").exists():
            (tmp_path / "out/lab").symlink_to(made)
        text = subprocess.run([*argv, *kept], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
        lab("sh", HOST, f"cat > {collected.PATH} <<'WHOLE'\n{text}\nWHOLE\nchmod 0755 {collected.PATH}")
        sudoers(lab, f'audit ALL=(root) NOPASSWD: {collected.PATH} ""')
        said = audit(mailassay_become="collector")
        if not said:
            break
        assert [v.check for v in said] == ["hosts.privileged"], said
        assert "print it anew" in said[0].seen
    assert said == []
    refused = lab("sh", HOST, f"su audit -c 'sudo -n {collected.PATH} id; sudo -n id'", check=False)
    assert "uid=0" not in refused.stdout
