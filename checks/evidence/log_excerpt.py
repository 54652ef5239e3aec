"""The end of a mail log as it is brought from a host: read by octets, thinned there, with tokens for people's names."""

from __future__ import annotations

import re
import shlex
from datetime import datetime

from checks.evidence.awk import program
from checks.evidence.maillog import parse_log

CARRIED = 700_000  # octets brought from the host at most, so that the answer is whole (policy command_output)

_AWK = program("token", "thin")
_THIN = f"tr -d '\\000' | LC_ALL=C awk {shlex.quote(_AWK)} | tail -c {CARRIED}"
_MOST_ENTRIES = 40_000  # of the journal; formatting them costs about a second
# journald says how many lines of a service it dropped (catalog entry "Messages from a service have been suppressed");
# rsyslog's inputs say so in its own messages, which go to the general log.
DROPPED = (
    "sudo sh -c 'journalctl -q --no-pager -o short-iso --since=-24h -n 50 MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e; "
    "for f in /var/log/syslog /var/log/messages; do tail -c 1048576 $f | "
    'grep -aE "(imuxsock|imjournal|rsyslogd).*(begin to drop|messages? lost|lost [0-9]+ messages|discarded)" '
    "| tail -n 20; done; true' 2>/dev/null"
)
_OF_MAIL = re.compile(r"postfix|dovecot|exim|smtpd|opendkim|opendmarc|rspamd|amavis|\bmail\b", re.IGNORECASE)
_STARTED = (
    ("postfix", re.compile(r"postfix\S*/master\[\d+\]: (?:daemon started|reload)")),
    ("dovecot", re.compile(r"(?:dovecot: )?master: (?:Info: )?(?:Dovecot v|Warning: SIGHUP)")),
    ("exim", re.compile(r"exim \S+ daemon started|SIGHUP received")),
    ("smtpd", re.compile(r"smtpd\[\d+\]: info: OpenSMTPD \S+ starting")),
    ("opendkim", re.compile(r"opendkim\[\d+\]: OpenDKIM Filter v\S+ starting")),
)


def of_file(path: str, octets: int) -> str:
    """The command that reads the end of a log, and where it is shorter than that, of the one rotated before it."""
    return f"sudo sh -c {shlex.quote(f'{end_of_file(path, octets)} | {_THIN}')}"


def of_journal(hours: int, octets: int) -> str:
    """The same of the journal's lines of facility mail."""
    return f"sudo sh -c {shlex.quote(f'{end_of_journal(hours, octets)} | {_THIN}')}"


def end_of_file(path: str, octets: int) -> str:
    """What root's shell has to run for the end of a log, as it is."""
    return (
        f"p={shlex.quote(path)}; "
        "o=$(ls -t $p.[0-9]* $p-[0-9]* 2>/dev/null | grep -vE '[.](gz|xz|bz2|zst)$' | head -n 1); "
        f'{{ test -n "$o" && tail -c {octets} "$o"; tail -c {octets} $p; }} | tail -c {octets}'
    )


def end_of_journal(hours: int, octets: int) -> str:
    """The same of the journal's lines of facility mail."""
    read = f"journalctl -q --no-pager -o short-iso --since=-{hours}h -n {_MOST_ENTRIES} SYSLOG_FACILITY=2"
    return f"{read} | tail -c {octets}"


def split(text: str) -> tuple[list[str], int]:
    """The lines of an excerpt, and how many were left out of it on the host."""
    lines, left_out = [], 0
    for line in text.split("\n"):
        if found := re.fullmatch(r"# thinned (\d{1,12})", line):
            left_out += int(found[1])
        elif line:
            lines.append(line)
    return lines, left_out


def starts(lines: list[str], now: datetime) -> dict[str, datetime]:
    """When each daemon was started or told to read its configuration again last, by the beginning of its name."""
    found: dict[str, datetime] = {}
    for line in lines:
        for name, pattern in _STARTED:
            if pattern.search(line) and (when := parse_log([line], now).end):
                found[name] = max(found.get(name, when), when)
    return found


def dropped(text: str) -> tuple[str, ...]:
    """The lines that tell of dropped lines of mail programs."""
    return tuple(line for line in text.splitlines() if _OF_MAIL.search(line.partition(": ")[2]))
