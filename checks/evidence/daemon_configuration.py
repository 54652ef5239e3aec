"""Daemons beside the mail programs: whether their own tests take their configuration, and whether they have read it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace

# By the names of services.yml, each daemon's own test. All of them only read, and none asks the daemon that runs.
_TESTS = {
    "unbound": "unbound-checkconf",
    "named": "named-checkconf",
    "knot": "knotc conf-check",
    "nsd": "nsd-checkconf /etc/nsd/nsd.conf",
    "dnsmasq": "dnsmasq --test",
    "rsyslog": "rsyslogd -N1",
    "fail2ban": "fail2ban-client -t",
}
# Of a Python program, no compiled copies of its modules are left behind.
TESTS: Mapping[str, str] = {
    name: f"sudo sh -c 'command -v {test.split()[0]} >/dev/null || exit 127; PYTHONDONTWRITEBYTECODE=1 {test} 2>&1'"
    for name, test in _TESTS.items()
}
# chrony is no service of the roles; that it runs at all is asked elsewhere.
CHRONY = (
    "sudo sh -c 'command -v chronyd >/dev/null && systemctl list-unit-files --no-legend --state=enabled "
    '"chrony*.service" | grep -q . || exit 127; chronyd -p 2>&1 >/dev/null\''
)
_TROUBLE = ("error", "fatal", "failed", "syntax", "invalid", "unknown", "could not", "cannot", "no such", "missing")
_NO_OPTION = re.compile(r"\b(invalid|unrecognized)( command line)? option\b", re.IGNORECASE)
_SHOWN = 200


@dataclass(frozen=True)
class Read:
    """A daemon that runs. since: when it read its configuration last; files: when each newer one was written.

    Both in seconds since 1970, by the host's clock. name: as in services.yml. heard: whether the journal would tell of
    a later reading; always so of daemons that do not read again within their process.
    """

    name: str
    since: int
    files: Mapping[str, int]
    heard: bool = True

    @property
    def unread(self) -> tuple[str, ...]:
        """Files written since; a second for rounding on each side."""
        return tuple(path for path, written in self.files.items() if written > self.since + 2)


# By name: the process whose newest instance tells of the last start or reload; the words by which a daemon that reloads
# within its process says so in the journal (OpenDKIM with the next message; systemd knows of its own reloads); and the
# files that it reads then. Maps and lists that a daemon looks at again by itself are not among them.
_READERS = {
    "rspamd": (
        "rspamd",
        "",
        (
            "/etc/rspamd/rspamd.conf* /etc/rspamd/local.d/*.conf /etc/rspamd/override.d/*.conf "
            "/etc/rspamd/local.d/worker-*.inc /etc/rspamd/local.d/options.inc /etc/rspamd/override.d/options.inc"
        ),
    ),
    "clamav": ("clamd", "", "/etc/clamav/clamd.conf /etc/clamd.d/scan.conf"),
    "freshclam": ("freshclam", "", "/etc/clamav/freshclam.conf /etc/freshclam.conf"),
    "opendkim": (
        "opendkim",
        "configuration reloaded",
        "/etc/opendkim.conf /etc/opendkim/*[Tt]able /etc/opendkim/*[Hh]osts",
    ),
    "opendmarc": ("opendmarc", "configuration reloaded", "/etc/opendmarc.conf"),
    "rsyslog": ("rsyslogd", "", "/etc/rsyslog.conf /etc/rsyslog.d/*.conf"),
    "journald": ("systemd-journal", "", "/etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf"),
    "nginx": ("nginx", "", "/etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*"),
    "chrony": ("chronyd", "", "/etc/chrony/chrony.conf /etc/chrony/conf.d/*.conf /etc/chrony.conf"),
}
# A container's daemon has a PID namespace of its own. Of a daemon that says in the journal when it read, the newest
# file decides; the journal tells of it only if it reaches back to before that, and can be searched fast (PCRE2).
_LOOK = r"""
command -v ps >/dev/null || exit 127
o=$(readlink /proc/self/ns/pid)
ages() { ps -C "$1" -o pid=,etimes= | while read -r i e; do
  [ "$(readlink "/proc/$i/ns/pid")" != "$o" ] || echo "$e"; done; }
reloads() { n=$1 p=$2 w=$3 s=$4 m=$5
  TZ=UTC0 systemctl show -p ExecReload "$n" | sed -nE 's/.*start_time=\[([^]]* UTC)\].*/\1/p' |
    while read -r d; do date -d "$d" '+reloaded %s'; done
  j="journalctl -q --no-pager -o short-unix -n 1 -r -t $p"
  { journalctl --version | grep -q +PCRE2 && $j --since "@$((s - 2))" --until "@$m" | grep -q .; } ||
    { echo unheard; return 0; }
  $j -g "$w" --since "@$m" | sed 's/^/reloaded /; s/\..*//'; }
look() { n=$1 p=$2 w=$3; shift 3
  a=$(ages "$p" | sort -n | head -n 1); [ -n "$a" ] || return 0
  s=$(($(date +%s) - a)); echo "since $s $n"
  f=$(stat -L -c '%Y %n' "$@" 2>/dev/null | awk -v s=$((s + 2)) '$1 > s' | sort -n | tail -n 20)
  case $f,$w in ,*) return 0;; *,) ;; *) f=$(echo "$f" | tail -n 1); reloads "$n" "$p" "$w" "$s" "${f%% *}";; esac
  echo "$f" | sed 's/^/file /'; }
"""
QUERY = "sudo sh -c {}".format(
    shlex.quote(
        "{ "
        + _LOOK.strip()
        + "\n"
        + "\n".join(f"look {n} {p} {shlex.quote(words)} {files}" for n, (p, words, files) in _READERS.items())
        + "\ntrue; } 2>/dev/null"
    )
)


def read(text: str) -> dict[str, Read]:
    """By name, each daemon of which QUERY tells; lines of another shape are passed over."""
    found: dict[str, Read] = {}
    name = ""
    for line in text.splitlines():
        match line.split(" ", 2):
            case ["since", seconds, daemon] if _seconds(seconds):
                name = daemon
                found[name] = Read(name, int(seconds), {})
            case ["file", seconds, path] if name and _seconds(seconds):
                found[name] = replace(found[name], files={**found[name].files, path: int(seconds)})
            case ["reloaded", seconds] if name and _seconds(seconds):
                found[name] = replace(found[name], since=max(int(seconds), found[name].since))
            case ["unheard"] if name:
                found[name] = replace(found[name], heard=False)
    return found


def _seconds(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 20


def untested(name: str, text: str) -> bool:
    """Whether this daemon's version has no such test: chronyd has -p since 4.0."""
    return name == "chrony" and bool(_NO_OPTION.search(text))


def trouble(text: str) -> str:
    """Of what a test said that failed, the line that names the trouble."""
    lines = [" ".join(line.split())[:_SHOWN] for line in text.splitlines() if line.strip()]
    telling = (line for line in lines if any(word in line.lower() for word in _TROUBLE))
    return next(telling, lines[0] if lines else "")
