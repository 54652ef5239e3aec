"""Exim's own decision on a client and its recipients: `exim -bh ADDRESS` holds a session that delivers nothing.

Its lists (ACLs) run as for a real client at that address, before TLS; nobody is connected and no message is kept.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.evidence.smtp import Reply, reply

# Strangers: RFC 5737 and RFC 3849 keep these out of everybody's own lists.
STRANGERS = ("192.0.2.200", "2001:db8::c8")
# Sessions run at once, since each may wait for the DNS.
_HOLD = (
    "e=$(command -v exim4 || command -v exim) || exit 127; "
    't() {{ printf \'%s\\r\\n\' {lines} | timeout 15 $e -bh "$1" -oMi "$2" {login}2>/dev/null | sed "s|^|$1 $2 |"; }}; '
    "for a in {clients}; do for p in {ports}; do t $a $p & done; done; wait"
)


@dataclass(frozen=True)
class Said:
    """A command and the reply to it; a reply without a code where the session ended before."""

    command: str
    reply: Reply


@dataclass(frozen=True)
class Session:
    """What Exim says to a client at this address on this port. port: 0 where Exim does not tell them apart."""

    client: str
    port: int
    said: tuple[Said, ...]

    @property
    def held(self) -> bool:
        """Exim greeted, or refused to: something is known."""
        return bool(self.said) and bool(self.said[0].reply.code)

    def recipients(self) -> tuple[tuple[str, str, Reply], ...]:
        """Each recipient that was named: the sender, the recipient, and the reply that decided."""
        found, sender, came = [], "", Reply()
        for each in self.said:
            if each.command.startswith("MAIL FROM:"):
                sender, came = each.command.removeprefix("MAIL FROM:"), each.reply
            elif each.command.startswith("RCPT TO:"):
                found.append((sender, each.command.removeprefix("RCPT TO:"), each.reply if came.accepted else came))
        return tuple(found)


def query(clients: Iterable[str], ports: Iterable[int], lines: Sequence[str], login: str = "") -> str:
    """The command that holds these sessions. login: of a user who is taken to have logged in."""
    name = f"-oMaa plain -oMai {shlex.quote(login)} " if login else ""
    goals = " ".join(f"192.0.2.25.{port}" for port in ports)
    script = _HOLD.format(lines=shlex.join(lines), clients=shlex.join(clients), ports=goals, login=name)
    return f"sudo sh -c {shlex.quote(script)}"


def sessions(text: str, lines: Sequence[str]) -> tuple[Session, ...]:
    """The sessions that the command showed."""
    spoken: dict[tuple[str, str], list[str]] = {}
    for row in text.splitlines():
        client, _, rest = row.partition(" ")
        local, _, line = rest.partition(" ")
        if line[:3].isdecimal() and line[3:4] in (" ", "-", ""):
            spoken.setdefault((client, local), []).append(line)
    return tuple(_session(client, local, each, lines) for (client, local), each in spoken.items())


def _session(client: str, local: str, spoken: list[str], lines: Sequence[str]) -> Session:
    replies: list[list[str]] = [[]]
    for line in spoken:
        replies[-1].append(line)
        if line[3:4] != "-":
            replies.append([])
    read = [reply(each) for each in replies if each] + [Reply()] * (len(lines) + 1)
    port = local.rpartition(".")[2]
    return Session(client, int(port) if port.isdecimal() else 0, tuple(map(Said, ("", *lines), read)))
