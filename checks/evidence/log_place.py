"""Where mail programs log, which files these are, and who has them open."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

JOURNAL = "journal"
# Who has files open under the log folders: the name of each logging process, and the file as the kernel names it.
HELD = (
    "sudo sh -c 'for c in /proc/[0-9]*/comm; do read -r n < $c || continue; case $n in "
    "rsyslogd|rs:main*|syslog-ng|syslogd|postlogd|log|exim|exim4) "
    'ls -l ${c%comm}fd | sed -n "s/.* -> /$n /p" | grep log;; esac; done 2>/dev/null; true\''
)
# The moments at which something of mail happened: a message entered a queue, or a daemon was started.
ACTIVITY = (
    "sudo sh -c 'date +%s; date +%z; q=$(postconf -h queue_directory 2>/dev/null); "
    'stat -c "%Y postfix %n" $q/incoming $q/active $q/maildrop $q/pid/master.pid 2>/dev/null; '
    'stat -c "%Y exim %n" /var/spool/exim*/input /var/spool/exim*/input/? /run/exim*/exim*.pid 2>/dev/null; '
    'stat -c "%Y opensmtpd %n" /var/spool/smtpd/incoming /var/spool/smtpd/queue /run/smtpd.sock 2>/dev/null; '
    'stat -c "%Y dovecot %n" /run/dovecot/master.pid 2>/dev/null; true\''
)


@dataclass(frozen=True)
class Place:
    """One log. path: of a file, or JOURNAL; writer: the service that writes it; programs: whose lines come there."""

    path: str
    writer: str
    programs: tuple[str, ...]

    @property
    def journal(self) -> bool:
        return self.path == JOURNAL


@dataclass(frozen=True)
class LogFile:
    """One file of a log, the present one or a rotated one. written: seconds since 1970, by the host's clock."""

    path: str
    mode: int
    owner: str
    group: str
    octets: int
    written: int


@dataclass(frozen=True)
class Files:
    """A log on the disk. present: None where there is none; older: rotated ones; first, last: lines of the present."""

    present: LogFile | None
    older: tuple[LogFile, ...]
    folder_open: bool
    first: str
    last: str


def query(path: str) -> str:
    """The command that looks at a log and at those rotated from it, and shows its first line and its last."""
    quoted, folder = shlex.quote(path), shlex.quote(path.rpartition("/")[0] or "/")
    script = (
        f'p={quoted}; stat -L -c "folder %a" {folder}; for f in $p $p.* $p-*; do [ -f "$f" ] && '
        'stat -L -c "file %a %U %G %s %Y %n" "$f"; done; '
        'echo "first $(head -c 400 $p | head -n 1)"; echo "last $(tail -c 4096 $p | tail -n 1)"'
    )
    return f"sudo sh -c {shlex.quote(script)}"


def files(path: str, text: str) -> Files:
    """Lines of another shape are passed over."""
    found: dict[str, LogFile] = {}
    told = {"first": "", "last": ""}
    folder_open = True
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        fields = rest.split(" ", 5)
        if word == "file" and len(fields) == 6 and set(fields[0]) <= set("01234567") and fields[0]:
            mode, owner, group, octets, written, name = fields
            if octets.isdecimal() and written.isdecimal():
                found[name] = LogFile(name, int(mode, 8), owner, group, int(octets), int(written))
        elif word == "folder" and rest and set(rest) <= set("01234567"):
            folder_open = bool(int(rest, 8) & 0o001)
        elif word in told and not told[word]:
            told[word] = rest
    older = sorted((f for name, f in found.items() if name != path), key=lambda f: f.written, reverse=True)
    return Files(found.get(path), tuple(older), folder_open, told["first"], told["last"])


def held_elsewhere(path: str, held: Iterable[str]) -> str:
    """What a logging process writes to in the place of this file: one renamed or deleted; empty if none does."""
    links = {line.partition(" ")[2]: line.partition(" ")[0] for line in held}
    if path in links:
        return ""
    moved = [link for link in links if link == f"{path} (deleted)" or link.startswith((f"{path}.", f"{path}-"))]
    return f"{links[moved[0]]} writes to {moved[0]}" if moved else ""


@dataclass(frozen=True)
class Activity:
    """now: the host's clock; offset: its zone as +hhmm; last: when something of mail happened last, by program."""

    now: int
    offset: str
    last: Mapping[str, tuple[int, str]]


def activity(text: str) -> Activity | None:
    """None where the host did not even tell the time."""
    lines = text.splitlines()
    if len(lines) < 2 or not lines[0].isdecimal():
        return None
    last: dict[str, tuple[int, str]] = {}
    for line in lines[2:]:
        when, _, rest = line.partition(" ")
        program, _, what = rest.partition(" ")
        if when.isdecimal() and what:
            last[program] = max(last.get(program, (0, "")), (int(when), what))
    return Activity(int(lines[0]), lines[1], last)
