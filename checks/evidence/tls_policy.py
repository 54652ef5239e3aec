"""What the system's own TLS policy allows all programs: OpenSSL's configuration, and RHEL's crypto-policies."""

from __future__ import annotations

import re

# Settings of OpenSSL's configuration, and what RHEL and Fedora say of theirs.
QUERY = (
    "for f in /etc/ssl/openssl.cnf /etc/pki/tls/openssl.cnf; do [ -f $f ] && "
    "sed -nE 's/^[[:space:]]*(MinProtocol|CipherString)[[:space:]]*=[[:space:]]*/\\1 /p' $f; done; "
    'command -v update-crypto-policies >/dev/null && echo "policy $(update-crypto-policies --show)"; true'
)
_OLD = ("none", "sslv3", "tlsv1", "tlsv1.0", "tlsv1.1", "dtlsv1")


def lowered(text: str) -> tuple[str, ...]:
    """The settings that allow more than today's defaults do; empty if none does."""
    found = []
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        level = re.search(r"@SECLEVEL=([01])\b", value)
        if (name == "MinProtocol" and value.strip().lower() in _OLD) or (name == "CipherString" and level):
            found.append(f"{name} = {value.strip()}")
        elif name == "policy" and value.strip().upper().startswith("LEGACY"):
            found.append(f"crypto policy {value.strip()}")
    return tuple(dict.fromkeys(found))
