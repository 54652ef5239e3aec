"""The lab's ssh keys and DKIM keys, and the passwords of its mailboxes."""

import hashlib
import secrets
from pathlib import Path

from commands import run
from fleet import HOSTS
from paths import DKIM, SECRETS, SSH, private_folder

MAILBOXES = (
    "alice@alpha.test", "bob@alpha.test", "postmaster@alpha.test", "abuse@alpha.test",
    "carol@beta.test", "postmaster@beta.test", "abuse@beta.test",
)  # fmt: skip


def ssh_key(name: str) -> Path:
    """An ed25519 key pair of the lab, made when it is not there yet."""
    path = SSH / name
    if not path.with_suffix(".pub").exists():
        path.unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"mailassay lab {name}", "-f", path)
    return path


def make_ssh_keys() -> None:
    """The key that configures, the key that audits, every host's own key, and known_hosts for them."""
    private_folder(SSH)
    ssh_key("configure")
    ssh_key("audit")
    known = []
    for host in HOSTS:
        public = ssh_key(f"host-{host.name}").with_suffix(".pub").read_text().split()[:2]
        addresses = [a for pair in host.addresses for a in (pair.v4, pair.v6)]
        known.append(" ".join([",".join([host.name, host.fqdn, *addresses]), *public]))
    (SSH / "known_hosts").write_text("\n".join(known) + "\n")


def dkim_record(domain: str) -> str:
    """The public half of a domain's DKIM key as base64, the private half made when it is not there yet."""
    private_folder(DKIM)
    key = DKIM / f"{domain}.key"
    if not key.exists():
        half = key.with_suffix(".half")
        run("openssl", "genrsa", "-traditional", "-out", half, "2048")
        half.chmod(0o600)
        half.rename(key)
    return "".join(run("openssl", "pkey", "-in", key, "-pubout").splitlines()[1:-1])


def make_passwords() -> dict[str, str]:
    """The mailboxes' passwords, kept in secrets.yml (root alone may read it); a new mailbox gets a new one."""
    lines = SECRETS.read_text().splitlines() if SECRETS.exists() else ["# The passwords of the lab's mailboxes."]
    passwords = dict(line.split(": ", 1) for line in lines if not line.startswith("#"))
    if lacking := [box for box in MAILBOXES if box not in passwords]:
        half = SECRETS.with_suffix(".half")
        half.touch(0o600)
        half.write_text("\n".join(lines + [f"{box}: {secrets.token_urlsafe(15)}" for box in lacking]) + "\n")
        half.rename(SECRETS)
        return make_passwords()
    return passwords


def stored_password(box: str, password: str) -> str:
    """A password as the hosts store it (SHA512-CRYPT); the same each time, so that nothing looks changed."""
    salt = hashlib.sha256(f"{box} {password}".encode()).hexdigest()[:16]
    return "{SHA512-CRYPT}" + run("openssl", "passwd", "-6", "-salt", salt, "-stdin", text=password).strip()
