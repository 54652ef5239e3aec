"""Which files mail daemons take certificates and keys from, as their configuration in effect says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.pieces import pieces
from checks.evidence.postfix import Postfix, Service

_DOVECOT = re.compile(r"^\s*(?:ssl_(?:server_)?)?(?:alt_)?(cert|key)(?:_file)?\s*=\s*<?(/\S+)")
_BLOCK = re.compile(r"^\s*(\S+)(?: .*)?\{")
_EXIM = re.compile(r"^tls_(certificate|privatekey) = (/\S+)")
_PLAIN_PAIRS = ("", "ec", "d")

# Certificates and public halves of keys only: what is secret never leaves the host.
_READ = (
    'for f in {paths}; do echo "== $(stat -L -c \'%a %U %G\' "$f" 2>/dev/null) $f"; '
    "sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' \"$f\" 2>/dev/null; "
    'openssl pkey -in "$f" -passin pass: -pubout 2>/dev/null; done'
)
DOVECOT = "sudo sh -c 'doveconf -n 2>/dev/null; doveconf -nP 2>/dev/null | grep -oE \"^ *ssl_(alt_)?key = <[^ ]+\"'"
# Exit status 0 if Dovecot is told a passphrase (2.3: ssl_key_password, 2.4: ssl_server_key_password); it is not shown.
DOVECOT_TOLD = "sudo sh -c 'doveconf -nP 2>/dev/null | grep -q \"^ *ssl_.*key_password *= *.\"'"
EXIM = (
    "sudo sh -c 'exim4 -bP tls_certificate tls_privatekey 2>/dev/null || "
    "exim -bP tls_certificate tls_privatekey 2>/dev/null'"
)


@dataclass(frozen=True)
class TlsFiles:
    """What one daemon (or one service of it) is configured with: paths. A file may hold certificate and key."""

    daemon: str
    certificates: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class TlsFile:
    """One such file on disk. mode: None if it is not there; certificates, public_key: PEM, empty if it has none."""

    path: str
    mode: int | None
    owner: str
    group: str
    certificates: tuple[str, ...]
    public_key: str


def of_postfix(postfix: Postfix) -> tuple[TlsFiles, ...]:
    """What Postfix's SMTP services serve; services with the same files are one."""
    found = [files for service in postfix.smtp_servers if (files := _of_service(postfix, service)).certificates]
    return tuple(dict.fromkeys(found))


def _of_service(postfix: Postfix, service: Service) -> TlsFiles:
    chains = _paths(postfix.of(service, "smtpd_tls_chain_files"))
    if chains:
        return TlsFiles("Postfix", chains, chains)
    certificates: list[str] = []
    keys: list[str] = []
    for kind in _PLAIN_PAIRS:
        certificate = _paths(postfix.of(service, f"smtpd_tls_{kind}cert_file"))
        if certificate:
            certificates += certificate
            keys += _paths(postfix.of(service, f"smtpd_tls_{kind}key_file")) or certificate
    return TlsFiles("Postfix", tuple(certificates), tuple(keys))


def _paths(value: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[\s,]+", value.strip()) if word.startswith("/"))


def of_dovecot(text: str) -> tuple[TlsFiles, ...]:
    """From ``doveconf -n`` of 2.3 or 2.4; files for its own outgoing connections are left out."""
    kinds: dict[str, list[str]] = {"cert": [], "key": []}
    blocks: list[str] = []
    for line in text.splitlines():
        if opened := _BLOCK.match(line):
            blocks.append(opened[1])
        elif line.strip() == "}":
            blocks[-1:] = []
        elif (found := _DOVECOT.match(line)) and "ssl_client" not in blocks:
            kinds[found[1]].append(found[2])
    if not kinds["cert"]:
        return ()
    return (TlsFiles("Dovecot", tuple(dict.fromkeys(kinds["cert"])), tuple(dict.fromkeys(kinds["key"]))),)


def of_exim(text: str) -> tuple[TlsFiles, ...]:
    """From ``exim -bP``; a value that Exim expands for each connection cannot be followed."""
    found = {match[1]: match[2] for line in text.splitlines() if (match := _EXIM.match(line))}
    if "certificate" not in found:
        return ()
    return (TlsFiles("Exim", (found["certificate"],), (found.get("privatekey", found["certificate"]),)),)


def reading(paths: Iterable[str]) -> str:
    """The command that reads these files' certificates, public keys and modes."""
    script = _READ.format(paths=" ".join(shlex.quote(path) for path in dict.fromkeys(paths)))
    return f"sudo sh -c {shlex.quote(script)}"


def locked(paths: Iterable[str]) -> str:
    """The command that names those of the files that hold a key under a passphrase (RFC 5958 §3, RFC 1421 §4.6.1.1)."""
    heads = "^-----BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED"
    return f"sudo grep -lE {shlex.quote(heads)} {shlex.join(dict.fromkeys(paths))}"


def readable_by(user: str, paths: Iterable[str]) -> str:
    """The command that says of each file, ``yes PATH`` or ``no PATH``, whether this user can open it."""
    user = shlex.quote(user)
    script = (
        f"command -v setpriv >/dev/null && id {user} >/dev/null || exit 127; "
        f"for f in {shlex.join(dict.fromkeys(paths))}; do "
        f"setpriv --reuid {user} --regid $(id -g {user}) --init-groups test -r $f && echo yes $f || echo no $f; done"
    )
    return f"sudo sh -c {shlex.quote(script)}"


def files(text: str) -> dict[str, TlsFile]:
    """The files that this command showed, by path."""
    found = {}
    for head, body in pieces(text):
        words = head.split(" ", 3)
        there = len(words) == 4 and re.fullmatch(r"[0-7]{3,4}", words[0])
        path = words[3] if there else head.strip()
        mode = int(words[0], 8) if there else None
        owner, group = (words[1], words[2]) if there else ("", "")
        found[path] = TlsFile(path, mode, owner, group, _blocks(body, "CERTIFICATE"),
                              "".join(_blocks(body, "PUBLIC KEY")[:1]))  # fmt: skip
    return found


def _blocks(text: str, label: str) -> tuple[str, ...]:
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    pieces = (piece.partition(end) for piece in text.split(begin)[1:])
    return tuple(f"{begin}{body}{end}\n" for body, closed, _ in pieces if closed)
