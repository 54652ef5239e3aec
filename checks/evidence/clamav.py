"""ClamAV: whether its daemon answers, and how old the signatures are that it examines mail with."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime

# zVERSION is answered with "ClamAV 1.4.3/27500/Sun Nov 22 09:35:21 2026": engine, number and date of the signatures.
_ASK = """import socket, sys
where = sys.argv[1]
asked = socket.socket(socket.AF_UNIX if where.startswith("/") else socket.AF_INET)
asked.settimeout(5)
try:
    asked.connect(where if where.startswith("/") else ("127.0.0.1", int(where)))
    asked.sendall(b"zVERSION\\0")
    print("said", asked.recv(200).decode("latin-1").strip("\\0"))
except (OSError, ValueError) as error:
    print("failed", error)
"""
# The header of a signed database tells when it was made; any other file when it was written.
_LOOK = (
    "command -v clamd >/dev/null || exit 127; "
    "for f in /etc/clamav/clamd.conf /etc/clamd.d/scan.conf /etc/clamd.conf; do [ -f $f ] && break; done; "
    "get() { sed -n \"s/^$1[[:space:]]\\{1,\\}//p\" $f 2>/dev/null | head -n 1; }; "
    "s=$(get LocalSocket); s=${s:-$(get TCPSocket)}; d=$(get DatabaseDirectory); d=${d:-/var/lib/clamav}; "
    f"command -v python3 >/dev/null && python3 -c {shlex.quote(_ASK)} \"${{s:-/run/clamav/clamd.ctl}}\"; "
    "for f in $d/*.c[lv]d $d/*.[hnlm][ds][bu]; do [ -f \"$f\" ] || continue; "
    "echo \"file $(stat -c %Y \"$f\")|$(head -c 40 \"$f\" | tr -dc '[:print:]')|$f\"; done; true"
)  # fmt: skip
QUERY = f"sudo sh -c {shlex.quote(_LOOK)}"
_VERSION = re.compile(r"ClamAV (\d{1,4}(?:\.\d{1,4}){1,3})")
_MADE = re.compile(r"ClamAV-VDB:(\d{1,2} \w{3} \d{4} \d\d-\d\d [+-]\d{4})")


@dataclass(frozen=True)
class ClamAV:
    """said: the daemon's version and signatures, empty if it did not answer; trouble: why it did not.

    asked: it could be asked at all; newest: when the newest of the signatures on disk were made; None if there is none.
    """

    said: str
    trouble: str
    asked: bool
    newest: datetime | None

    @property
    def version(self) -> str:
        """The engine's version, such as ``1.4.3``; empty if it tells none."""
        told = _VERSION.match(self.said)
        return told[1] if told else ""


def clamav(text: str) -> ClamAV:
    """From what QUERY prints; lines of another shape are passed over."""
    lines = text.splitlines()
    said = next((line.removeprefix("said ").strip() for line in lines if line.startswith("said ")), "")
    failed = next((line.removeprefix("failed ") for line in lines if line.startswith("failed ")), "")
    made = [found for line in lines if line.startswith("file ") and (found := _made(line.removeprefix("file ")))]
    return ClamAV(said, failed, bool(said or failed), max(made, default=None))


def _made(row: str) -> datetime | None:
    written, _, rest = row.partition("|")
    try:
        if head := _MADE.match(rest):
            return datetime.strptime(head[1], "%d %b %Y %H-%M %z")
        return datetime.fromtimestamp(int(written), UTC) if written.isdecimal() else None
    except (ValueError, OverflowError, OSError):
        return None
