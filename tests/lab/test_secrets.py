"""Secrets and people that are planted on the lab's hosts are nowhere in what an audit leaves, prints or runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import CHECKOUT, Command
from tests.sites import encrypted

pytestmark = pytest.mark.lab
HOSTS = ("mx1", "submit1", "box1", "relay1")
# By where it stands; each is a word of its own, so that a report that leaks says which.
PLANTED = {
    "sasl map": "plantedOne7", "static map": "plantedTwo7", "master.cf": "plantedThree7", "SQL table": "plantedFour7",
    "LDAP parameter": "plantedFive7", "Dovecot setting": "plantedSix7", "DSN": "plantedSeven7",
    "Exim": "plantedEight7", "block list's key": "plantednine7plantednine7", "vault": "plantedTen7",
    "command line": "plantedEleven7", "unit's environment": "plantedTwelve7",
}  # fmt: skip
PEOPLE = ("bob", "carol")  # alice's mailbox is named by the inventory itself


def plant(lab: Command) -> None:
    """What administrators do, though they should not."""
    p = PLANTED
    lab("sh", "submit1", f"""
        echo '[smart.example]:587 mail:{p["sasl map"]}' > /etc/postfix/sasl_passwd; postmap hash:/etc/postfix/sasl_passwd
        postconf -e 'smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd' 'lmtp_sasl_password_maps = static:mail:{p["static map"]}'
        postconf -P 'smtp/unix/smtp_sasl_password_maps=static:mail:{p["master.cf"]}'
        printf 'user = mail\\npassword = {p["SQL table"]}\\nhosts = inet:127.0.0.1\\ndbname = mail\\nquery = SELECT 1\\n' > /etc/postfix/sql.cf
        postconf -e 'old_bind_pw = {p["LDAP parameter"]}' 'local_login_sender_maps = pgsql:/etc/postfix/sql.cf'
        systemctl restart postfix""")  # fmt: skip
    lab("sh", "mx1", f"""
        postconf -e 'smtpd_client_restrictions = permit_mynetworks, reject_rbl_client {p["block list's key"]}.zen.dq.spamhaus.net'
        postconf -e 'postscreen_dnsbl_sites = {p["block list's key"]}.zen.dq.spamhaus.net*3'
        systemd-run --unit planted --setenv=TOKEN=x sh -c 'exec sleep 3000 --password={p["command line"]}' || true
        (exec -a 'backup --password={p["command line"]}' sleep 3000) >/dev/null 2>&1 &
        postfix reload""")  # fmt: skip
    lab("sh", "box1", f"""
        sed -i '1a doveadm_password = {p["Dovecot setting"]}' /etc/dovecot/dovecot.conf
        printf 'driver = mysql\\nconnect = host=db user=mail password={p["DSN"]}\\n' > /etc/dovecot/dovecot-sql.conf.ext
        mkdir -p /etc/systemd/system/dovecot.service.d
        printf '[Service]\\nEnvironment=DB_PASSWORD={p["unit's environment"]}\\n' > /etc/systemd/system/dovecot.service.d/db.conf
        systemctl daemon-reload; systemctl restart dovecot""")  # fmt: skip
    lab(
        "sh",
        "relay1",
        f"""
        sed -i '1i hide mysql_servers = db/mail/mail/{p["Exim"]}' /etc/exim4/exim4.conf || true
        exim4 -bV >/dev/null 2>&1 || sed -i 1d /etc/exim4/exim4.conf; systemctl restart exim4""",
    )


def site(folder: Path) -> Path:
    """The lab's inventory with a secret of its own in a vault."""
    made = folder / "lab"
    shutil.copytree(CHECKOUT / "inventories/lab", made)
    text = (made / "group_vars/lab.yml").read_text()
    vaulted = encrypted(PLANTED["vault"], "open sesame").replace("\n", "\n  ")
    (made / "group_vars/lab.yml").write_text(f"{text}ansible_become_password: !vault |\n  {vaulted}\n")
    (folder / "vault").write_text("open sesame\n")
    return made / "hosts.yml"


@contextlib.contextmanager
def watching_argv(seen: set[bytes]) -> Iterator[None]:
    """Every command line that this machine shows meanwhile: the controller's, and those of the lab's hosts as well."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(path.read_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def left(lab: Command, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """All that an audit left and showed: files by name, its output, and every command line of that time."""
    folder = tmp_path_factory.mktemp("secrets")
    plant(lab)
    seen: set[bytes] = set()
    argv = [sys.executable, "-m", "pytest", "checks", "--inventory", str(site(folder)), "--limit", ",".join(HOSTS)]
    env = {**os.environ, "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "vault")}
    with watching_argv(seen):
        options = ["--out", str(folder / "out"), "--also", "csv", "--also", "sarif", "-v"]
        done = subprocess.run([*argv, *options], cwd=CHECKOUT, capture_output=True, timeout=500, env=env, check=False)
    files = {str(path): path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
    assert any(name.endswith("results.jsonl") for name in files), done.stdout[-3000:]
    # The planted process shows its own command line; nothing of ours may repeat it.
    ours = b"\n".join(each for each in seen if not each.startswith((b"sleep", b"backup", b"sh\0-c\0exec sleep")))
    yield {**files, "standard output": done.stdout, "standard error": done.stderr, "command lines": ours}
    lab("reset", *HOSTS, seconds=300)


@pytest.mark.parametrize("where", PLANTED)
def test_a_planted_secret_is_nowhere(left: dict[str, bytes], where: str) -> None:
    secret = PLANTED[where].encode()
    assert [name for name, octets in left.items() if secret in octets] == []


@pytest.mark.parametrize("person", PEOPLE)
def test_nobodys_address_is_anywhere(left: dict[str, bytes], person: str) -> None:
    found = {name: octets for name, octets in left.items() if name != "command lines"}
    assert [name for name, octets in found.items() if f"{person}@".encode() in octets] == []


def test_the_audit_did_look(left: dict[str, bytes]) -> None:
    """The settings that hold the secrets are there, without them."""
    text = b"".join(octets for name, octets in left.items() if name.endswith(".txt"))
    assert b"static:(hidden)" in text
    assert b"(hidden).zen.dq.spamhaus.net" in text
    assert b"old_bind_pw=(hidden)" in text
