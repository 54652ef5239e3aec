"""The lab's certificate authority: a root, an intermediate, and a certificate for each host that speaks TLS."""

import secrets
import time
from pathlib import Path

from commands import run, say
from fleet import HOSTS, Host
from paths import CA, private_folder

DAYS = 90
RENEW_AFTER = DAYS / 3 * 86400

AUTHORITY = """
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $ENV::NAMES
"""
EXPIRED = """
[ca]
default_ca = lab
[lab]
database = {ca}/expired.index
rand_serial = yes
new_certs_dir = {ca}
certificate = {ca}/intermediate.pem
private_key = {ca}/intermediate.key
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def ec_key(path: Path) -> None:
    """A P-256 private key, made when it is not there yet."""
    if not path.exists():
        half = path.with_suffix(".half")
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", half)
        half.chmod(0o600)
        half.rename(path)


def sign(name: str, subject: str, issuer: str, section: str, days: int, names: tuple[str, ...] = ()) -> None:
    """Issue CA/<name>.pem for the key CA/<name>.key, signed by the issuer's key."""
    extensions = CA / "extensions.cnf"
    extensions.write_text(AUTHORITY)
    env = {"NAMES": ",".join(f"DNS:{n}" for n in names) or "DNS:none.test"}
    request = CA / f"{name}.csr"
    run("openssl", "req", "-new", "-key", CA / f"{name}.key", "-subj", subject, "-out", request)
    by = (
        ("-signkey", CA / f"{name}.key")
        if issuer == name
        else ("-CA", CA / f"{issuer}.pem", "-CAkey", CA / f"{issuer}.key")
    )
    run("openssl", "x509", "-req", "-sha256", "-in", request, *by, "-days", str(days), "-set_serial",
        f"0x{secrets.token_hex(16)}", "-extfile", extensions, "-extensions", section, "-out", CA / f"{name}.pem.half",
        env=env)  # fmt: skip
    (CA / f"{name}.pem.half").rename(CA / f"{name}.pem")
    request.unlink()


def make_authority() -> None:
    """A root and an intermediate certificate, for ten and five years."""
    private_folder(CA)
    for name, subject, issuer, days in (
        ("root", "/O=mailassay lab/CN=Lab Root CA", "root", 3650),
        ("intermediate", "/O=mailassay lab/CN=Lab Intermediate CA", "root", 1825),
    ):
        ec_key(CA / f"{name}.key")
        if not (CA / f"{name}.pem").exists():
            sign(name, subject, issuer, name, days)


def make_certificate(name: str, names: tuple[str, ...]) -> None:
    """A certificate for 90 days, issued again when a third of that is over; its key stays, so its TLSA record does."""
    certificate = CA / f"{name}.pem"
    ec_key(CA / f"{name}.key")
    wanted = "\n".join(names)
    listed = CA / f"{name}.names"
    if (
        certificate.exists()
        and listed.exists()
        and listed.read_text() == wanted
        and time.time() - certificate.stat().st_mtime < RENEW_AFTER
    ):
        return
    say(f"issuing a certificate for {', '.join(names)}")
    sign(name, f"/CN={names[0]}", "intermediate", "server", DAYS, names)
    (CA / f"{name}.chain.pem").write_text(certificate.read_text() + (CA / "intermediate.pem").read_text())
    listed.write_text(wanted)


def make_expired_certificate(host: Host) -> None:
    """A certificate whose time is over: `openssl x509` issues none such, `openssl ca` does."""
    if (CA / f"{host.name}.pem").exists():
        return
    ec_key(CA / f"{host.name}.key")
    config, index, request = CA / "expired.cnf", CA / "expired.index", CA / "expired.csr"
    config.write_text(AUTHORITY + EXPIRED.format(ca=CA))
    index.write_text("")
    env = {"NAMES": ",".join(f"DNS:{n}" for n in host.names)}
    run("openssl", "req", "-new", "-key", CA / f"{host.name}.key", "-subj", f"/CN={host.names[0]}", "-out", request)
    run("openssl", "ca", "-batch", "-notext", "-config", config, "-extensions", "server", "-in", request,
        "-startdate", "20260105000000Z", "-enddate", "20260405000000Z", "-out", CA / f"{host.name}.pem.half",
        env=env)  # fmt: skip
    leaf = (CA / f"{host.name}.pem.half").read_text()
    (CA / f"{host.name}.chain.pem").write_text(leaf + (CA / "intermediate.pem").read_text())
    (CA / f"{host.name}.pem.half").rename(CA / f"{host.name}.pem")


def certificates(host: Host) -> dict[str, tuple[str, ...]]:
    """The certificates a host has, by file name."""
    wanted = {host.name: host.names} if host.names else {}
    if host.name == "ns1":
        wanted["mta-sts"] = tuple(f"{name}.{d}.test" for name in ("mta-sts", "autoconfig") for d in ("alpha", "beta"))
    return wanted


def public_key_digest(name: str) -> str:
    """The SHA-256 of a certificate's public key, as a TLSA record `3 1 1` has it (RFC 6698 §2.1)."""
    der = CA / f"{name}.spki"
    run("openssl", "pkey", "-in", CA / f"{name}.key", "-pubout", "-outform", "DER", "-out", der)
    return run("openssl", "dgst", "-sha256", "-r", der).split()[0]


def make_all() -> None:
    """Every certificate the lab needs."""
    make_authority()
    for host in HOSTS:
        if host.weary:
            make_expired_certificate(host)
            continue
        for name, names in certificates(host).items():
            make_certificate(name, names)
