"""Servers whose certificates Postfix must verify before it hands mail to them: verified as Postfix would."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_peers import Peer
from checks.evidence.sending import level

_KINDS = ("lmtp", "hop", "route")
# s_client goes on where a certificate cannot be verified, so that the server's log has no failed handshake of ours.
_SHOW = (
    "command -v openssl >/dev/null || exit 127; {{ sleep 1; printf 'QUIT\\r\\n'; sleep 1; }} | "
    "timeout 9 openssl s_client -noservername {options} 2>&1 | "
    "tr -d '\\r' | grep -E '^ *(issuer=|Verify return code: )' | sort -u"
)
_CODE = re.compile(r"^ *Verify return code: (\d{1,3}) \(([^)\n]{0,200})\)", re.MULTILINE)
_ISSUER = re.compile(r"^ *issuer=(.{1,300})$", re.MULTILINE)
# openssl-verification-options(1): no authority that is trusted stands above the certificate.
_UNTRUSTED = ("2", "18", "19", "20", "21", "24", "27")


@dataclass(frozen=True)
class Verified:
    """A server that must be verified. roots: settings that name authorities, openssl's option, the file as opened."""

    peer: Peer
    prefix: str
    roots: tuple[tuple[str, str, str], ...]
    wrapped: bool

    @property
    def query(self) -> str:
        """The command that connects, and says what openssl makes of the certificate."""
        host = f"[{self.peer.host}]" if ":" in self.peer.host else self.peer.host
        options = ["-connect", f"{host}:{self.peer.port}", *([] if self.wrapped else ["-starttls", self.prefix])]
        options += [word for _, option, path in self.roots for word in (option, path)]
        return f"sudo sh -c {shlex.quote(_SHOW.format(options=shlex.join(options)))}"


def to_verify(postfix: Postfix, peers: Iterable[Peer]) -> Iterator[Verified]:
    """Those of these peers that are verified by authorities which the configuration names, whatever the receiver is."""
    for peer in peers:
        name = peer.written.partition(":")[0]
        service = next((s for s in postfix.services if s.name == name and s.type == "unix"), None)
        if peer.kind not in _KINDS or not peer.host or service is None or service.program not in ("lmtp", "smtp"):
            continue
        demanded = level(postfix, service, service.program) in ("verify", "secure")
        by_table = postfix.of(service, f"{service.program}_tls_policy_maps")
        roots = tuple(_roots(postfix, service))
        if demanded and roots and not by_table and postfix["tls_append_default_CA"] != "yes":
            wrapped = postfix.of(service, f"{service.program}_tls_wrappermode") == "yes"
            yield Verified(peer, service.program, roots, wrapped)


def _roots(postfix: Postfix, service: Service) -> Iterator[tuple[str, str, str]]:
    """postconf(5): CAfile is read before the chroot is entered, CApath in it."""
    jail = postfix["queue_directory"].rstrip("/") if service.jailed else ""
    for name, before in (("CAfile", ""), ("CApath", jail)):
        if path := postfix.of(service, f"{service.program}_tls_{name}"):
            yield f"{service.program}_tls_{name} = {path}", f"-{name}", f"{before}{path}"


def distrust(text: str) -> str | None:
    """Why the certificate is not trusted; empty if it is, None where none was seen."""
    issuer, code = _ISSUER.search(text), _CODE.search(text)
    if issuer is None or code is None:
        return None
    return f"issued by {issuer[1].strip()}: {code[2]}" if code[1] in _UNTRUSTED else ""
