"""Sockets in the file system: whether each is there, lets a given user connect, and has somebody behind it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# For each path: its state for the user, and where that was decided: the first folder he may not enter, else the socket.
_LOOK = (
    "command -v setpriv >/dev/null || exit 127; u={user}; g=$(id -g $u) || exit 3; "
    "as() {{ setpriv --reuid $u --regid $g --init-groups test $1 \"$2\"; }}; "
    "for p in {paths}; do s=closed d=; at=$p; IFS=/; set -f; set -- $p; unset IFS; "
    "for part; do d=${{d%/}}/$part; [ \"$d\" = \"$p\" ] || as -x \"$d\" || {{ at=$d; break; }}; done; "
    "if [ ! -e \"$p\" ]; then s=missing; elif [ ! -S \"$p\" ]; then s=other; "
    "elif as -w \"$p\"; then s=open; fi; "
    "echo \"$s|$(stat -c '%A %U:%G' \"$at\" 2>/dev/null)|$at|$p\"; done; "
    "ss -Hxl 2>/dev/null | awk '$2 == \"LISTEN\" {{ print \"listens \" $5 }}'"
)  # fmt: skip


@dataclass(frozen=True)
class UnixSocket:
    """One such socket. state: open, closed, missing, or other (a file that is no socket).

    at, mode: what decided, and its mode and owner. listening: somebody listens there; None if that is not known.
    """

    path: str
    state: str
    at: str
    mode: str
    listening: bool | None

    def trouble(self, user: str) -> str:
        """What keeps this user from being answered; empty if nothing does."""
        if self.state == "missing":
            return f"{self.path} does not exist"
        if self.state == "other":
            return f"{self.path} is no socket"
        if self.state == "closed":
            what = "may not write to" if self.at == self.path else "may not enter"
            return f"{user} {what} {self.at} ({self.mode})"
        return f"nothing listens on {self.path}" if self.listening is False else ""

    @property
    def for_all(self) -> bool:
        """Every user of the host may connect."""
        return self.mode[8:9] == "w" and self.at == self.path


def query(user: str, paths: Iterable[str]) -> str:
    """The command that looks at these sockets with this user's eyes."""
    script = _LOOK.format(user=shlex.quote(user), paths=shlex.join(dict.fromkeys(paths)))
    return f"sudo sh -c {shlex.quote(script)}"


def unix_sockets(text: str) -> Mapping[str, UnixSocket]:
    """What it showed, by path; lines of another shape are passed over."""
    lines = text.splitlines()
    rows = [fields for line in lines if len(fields := line.split("|", 3)) == 4]
    heard = [line.removeprefix("listens ") for line in lines if line.startswith("listens ")]
    return {path: UnixSocket(path, state, at, mode, _heard(path, heard)) for state, mode, at, path in rows}


def _heard(path: str, heard: list[str]) -> bool | None:
    """A socket is listed by the path it was bound with: relative for some daemons, through a link for others."""
    end = path.split("/")[-2:]
    return any(end[-len(name) :] == name for name in (name.split("/")[-2:] for name in heard)) if heard else None
