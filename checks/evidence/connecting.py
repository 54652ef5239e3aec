"""Connections that a host makes to servers it works with: made from the host itself, ended at once."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

# All at once, so that silence costs one wait. What bash says of a failure is the kernel's word.
_CONNECT = (
    "command -v bash >/dev/null || exit 127; for t in {goals}; do {{ timeout 8 bash -c 'exec 3<>/dev/tcp/$0 || exit 1; "
    'echo connected; {then}\' $t 2>&1; echo status $?; }} | sed "s|^|$t |" & done; wait'
)
_GREET = 'read -r -t 6 line <&3 && echo "said $line"; printf "QUIT\\r\\n" >&3'
# A port that begins with TLS is greeted inside it: a connection that just ends looks like an attack in its log.
_CONNECT_TLS = (
    "command -v openssl >/dev/null || exit 127; for t in {goals}; do {{ {{ sleep 2; printf 'QUIT\\r\\n'; sleep 1; }} | "
    "timeout 9 openssl s_client -quiet -connect \"${{t%/*}}:${{t##*/}}\" 2>&1 | tr -d '\\r' | "
    "sed -n -e 's/^220/connected\\nsaid &/p' -e 's/.*BIO_connect:\\([^:]*\\):.*/connect: \\1/p'; }} | "
    'sed "s|^|$t |" & done; wait'
)
_REASON = re.compile(
    r"(?:(?:connect|/dev/tcp/\S+): |^(?:bash: )?(?:line 1: )?\S+: (?=Name |Temporary ))([A-Z][^:\n]+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Connection:
    """What came of one. outcome: ``connected``, or the system's reason; said: the server's first line, if read."""

    host: str
    port: str
    outcome: str
    said: str = ""

    @property
    def made(self) -> bool:
        return self.outcome == "connected"

    def __str__(self) -> str:
        return f"{self.host} port {self.port}: {self.outcome}{f', {self.said}' if self.said else ''}"


def query(goals: Iterable[tuple[str, str]], *, greeted: bool = False, tls: bool = False) -> str:
    """The command that connects to each (host, port).

    greeted: read the greeting and say QUIT, as SMTP and LMTP do; tls: the same inside TLS, which begins at once.
    """
    if tls:
        return _CONNECT_TLS.format(goals=shlex.join(f"{host}/{port}" for host, port in dict.fromkeys(goals)))
    named = shlex.join(f"{host}/{port}" for host, port in dict.fromkeys(goals))
    return _CONNECT.format(goals=named, then=_GREET if greeted else ":")


def connections(text: str, goals: Iterable[tuple[str, str]]) -> tuple[Connection, ...]:
    """What the command showed of each."""
    return tuple(_of(host, port, text) for host, port in dict.fromkeys(goals))


def _of(host: str, port: str, text: str) -> Connection:
    mark = f"{host}/{port} "
    lines = [line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark)]
    said = next((line.removeprefix("said ") for line in lines if line.startswith("said ")), "").strip()
    if lines[:1] == ["connected"]:
        return Connection(host, port, "connected", said[:200])
    reason = _REASON.search("\n".join(lines))
    return Connection(host, port, reason[1].lower() if reason else "timed out")
