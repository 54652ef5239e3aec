"""The system's accounts, as far as they matter for its safety: who is root, who needs no password, who may log in."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

# Of shadow only the state of each password is told, and of passwd only accounts that could be amiss: root's likes,
# those without a password, accounts of services that have a shell. People's accounts stay out of it.
_LOOK = (
    "awk -F: -v named={named} 'BEGIN {{ n = split(named, a, \" \"); for (i = 1; i <= n; i++) want[a[i]] = 1 }} "
    'FNR == NR {{ s[$1] = $2 == "" ? "empty" : $2 ~ /^[!*]/ ? "locked" : "set"; next }} '
    '{{ state = $1 in s ? s[$1] : $2 == "" ? "empty" : $2 ~ /^[!*x]/ ? "locked" : "set"; '
    "shell = $7 !~ /(nologin|false|sync|halt|shutdown)$/; "
    'if ($3 == 0 || state == "empty" || shell && ($3 < 1000 || $1 in want)) '
    'print $1 ":" $3 ":" state ":" $6 ":" $7 }}\' '
    "/etc/shadow /etc/passwd | while IFS=: read -r u i s h x; do k=none; "
    'for f in "$h/.ssh/authorized_keys" "$h/.ssh/authorized_keys2"; do [ -s "$f" ] && k=keys; done; '
    'echo "$u:$i:$s:$k:$x"; done'
)  # fmt: skip
_NO_SHELL = ("nologin", "false", "sync", "halt", "shutdown")


@dataclass(frozen=True)
class Account:
    """One account. password: empty, locked or set; keys: it has keys with which sshd lets it in."""

    name: str
    uid: int
    password: str
    keys: bool
    shell: str

    @property
    def can_log_in(self) -> bool:
        """There is a shell, and a password or a key that leads to it."""
        return not self.shell.endswith(_NO_SHELL) and (self.password != "locked" or self.keys)  # noqa: S105 - a state

    def __str__(self) -> str:
        keys = ", has ssh keys" if self.keys else ""
        return f"{self.name} (uid {self.uid}, password {self.password}{keys}, {self.shell or '/bin/sh'})"


def query(services: Iterable[str]) -> str:
    """The command that lists them. services: accounts of services whose number is a person's."""
    script = _LOOK.format(named=shlex.quote(" ".join(services)))
    return f"sudo sh -c {shlex.quote(script)}"


def accounts(text: str) -> tuple[Account, ...]:
    """The accounts that the command told of; lines of another shape are passed over."""
    rows = [line.split(":", 4) for line in text.splitlines()]
    return tuple(
        Account(row[0], int(row[1]), row[2], row[3] == "keys", row[4])
        for row in rows if len(row) == 5 and row[1].isdecimal() and len(row[1]) < 12
    )  # fmt: skip
