"""Whether the logging daemon, as the user that it runs as, may write the logs that it is told to write."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

# The names of the processes, by service.
PROCESSES = {"rsyslog": "rsyslogd", "syslog-ng": "syslog-ng"}
# For each log: open, held (the daemon has it open since it was root), closed, or missing (creatable: the daemon may
# make it); then the daemon's user, and mode and owner of what decided that.
_LOOK = (
    "command -v setpriv >/dev/null || exit 127; "
    "for c in /proc/[0-9]*/comm; do read -r n <$c && [ \"$n\" = {process} ] && break; done 2>/dev/null; "
    "[ \"$n\" = {process} ] || exit 3; d=${{c%comm}}; "
    "of() {{ sed -n \"s/^$1:[[:space:]]*//p\" ${{d}}status; }}; "
    "u=$(of Uid | cut -f2); g=$(of Gid | cut -f2); s=$(of Groups | sed \"s/ *$//;s/  */,/g\"); "
    "o=--clear-groups; [ -z \"$s\" ] || o=--groups=$s; "
    "as() {{ setpriv --reuid $u --regid $g $o test $1 \"$2\"; }}; as -e / || exit 4; "
    "for p in {paths}; do f=${{p%/*}}; at=$p; "
    "if [ ! -e \"$p\" ]; then at=${{f:-/}}; if as -w \"$at\"; then r=creatable; else r=missing; fi; "
    "elif as -w \"$p\"; then r=open; elif ls -l ${{d}}fd | grep -qF -- \" -> $p\"; then r=held; else r=closed; fi; "
    "echo \"$r|$(id -nu $u 2>/dev/null || echo $u)|$(stat -c \"%A %U:%G\" \"$at\")|$at|$p\"; done"
)  # fmt: skip


@dataclass(frozen=True)
class Writable:
    """One log. state: open, held, closed, creatable or missing; user: of the daemon; at, mode: what decided it."""

    path: str
    state: str
    user: str
    at: str
    mode: str

    @property
    def trouble(self) -> str:
        """What keeps the daemon from writing it; empty if nothing does."""
        if self.state == "closed":
            return f"runs as {self.user}, who may not write {self.path} ({self.mode})"
        if self.state == "missing":
            return f"runs as {self.user}, who may not make {self.path} in {self.at} ({self.mode})"
        return ""


def query(process: str, paths: Iterable[str]) -> str:
    """The command that looks at these logs with the eyes of the process of that name; it writes nothing."""
    script = _LOOK.format(process=shlex.quote(process), paths=shlex.join(dict.fromkeys(paths)))
    return f"sudo sh -c {shlex.quote(script)}"


def writable(text: str) -> dict[str, Writable]:
    """What it showed, by path; lines of another shape are passed over."""
    rows = [fields for line in text.splitlines() if len(fields := line.split("|", 4)) == 5]
    return {path: Writable(path, state, user, at, mode) for state, user, mode, at, path in rows}
