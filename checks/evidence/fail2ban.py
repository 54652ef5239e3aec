"""fail2ban: its jails, what each watches, whom it has banned, and when the server was started (fail2ban-client(1))."""

from __future__ import annotations

import ipaddress
import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Two clients in all: one names the jails, one asks about each. Of the long lists of regular expressions only that a
# jail knows failed logins (SASL) is kept. Then each jail's source: a file's time, or the newest line that its journal
# match finds.
_SCRIPT = r"""
command -v fail2ban-client >/dev/null || exit 127
s=$(fail2ban-client status 2>&1) || { echo "$s" >&2; exit 3; }
o=$({ for j in $(echo "$s" | sed -n 's/.*Jail list:[[:space:]]*//p' | tr -d ,); do echo "status $j"
  for k in ignoreip actions bantime maxretry failregex; do echo "get $j $k"; done; done; echo exit; } | fail2ban-client -i 2>&1)
echo "$o" | grep -vE '^[|`]- +\[[0-9]+\]:' ; echo "$o" | grep -E 'Status for the jail|^[|`]- +\[[0-9]+\]:.*SASL' |
  sed -E 's/^[|`]- .*/knows SASL/; s/.*Status for the jail: /jail /' | uniq
stat -c 'started %Y' /run/fail2ban/fail2ban.pid /var/run/fail2ban/fail2ban.pid 2>/dev/null | head -n 1
echo "$o" | sed -n 's/.*File list:[[:space:]]*//p' | tr ' ' '\n' | sort -u | while read -r f; do
  test -n "$f" && stat -L -c 'source %Y %s %n' "$f"; done
echo "$o" | sed -n 's/.*Journal matches:[[:space:]]*//p' | sort -u | while read -r m; do
  case $m in -*|*[!A-Za-z0-9_=.@+\ -]*|'') continue;; esac
  set -f; echo "match $(journalctl -q --no-pager -o short-unix -n 1 $m | cut -d. -f1 | head -n 1) $m"; done
true
"""  # noqa: E501 - one loop
QUERY = f"sudo sh -c {shlex.quote(_SCRIPT.strip())}"
# "ADDRESS  2026-11-28 04:41:09 + 3600 = ..." of each ban, and then the host's own time: both local.
_TIMES = 'fail2ban-client get {jail} banip --with-time; date "+now %Y-%m-%d %H:%M:%S"'
_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
_NEW = timedelta(minutes=3)  # what is read of the rules meanwhile may be older than the ban
# Whose lines a jail is about, by its name.
_FAMILY = (("postfix", "postfix"), ("sasl", "postfix"), ("submission", "postfix"), ("dovecot", "dovecot"),
           ("sieve", "dovecot"), ("imap", "dovecot"), ("exim", "exim"), ("smtpd", "opensmtpd"))  # fmt: skip


@dataclass
class Jail:
    """One jail. failed, banned: since the server was started; ignored: addresses that it never bans.

    ban_seconds: how long it bans, negative for ever; most_failures: after how many it does. None: not told.
    """

    name: str
    files: tuple[str, ...] = ()
    matches: str = ""
    failed: int = 0
    banned: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    ban_seconds: int | None = None
    most_failures: int | None = None
    knows_logins: bool = False

    @property
    def program(self) -> str:
        """The mail program whose log it reads, by its name; empty for others (sshd, nginx …)."""
        return next((program for part, program in _FAMILY if part in self.name), "")

    @property
    def exempted(self) -> tuple[Network, ...]:
        """The networks that it never bans; names are passed over."""
        found = []
        for each in self.ignored:
            try:
                network = ipaddress.ip_network(each, strict=False)
                everything = network.num_addresses == 1 and not int(network.network_address)
                found.append(network.supernet(new_prefix=0) if everything else network)  # shown without its length of 0
            except ValueError:
                continue
        return tuple(found)


@dataclass(frozen=True)
class Fail2ban:
    """written, matched: seconds since 1970 of each file (0: empty), of the newest line of each match."""

    jails: tuple[Jail, ...]
    started: int
    written: dict[str, int] = field(default_factory=dict)
    matched: dict[str, int] = field(default_factory=dict)


def fail2ban(text: str) -> Fail2ban:
    """Lines of another shape are passed over."""
    jails: dict[str, Jail] = {}
    written: dict[str, int] = {}
    matched: dict[str, int] = {}
    started = 0
    jail, listing = Jail(""), ""
    for line in text.splitlines():
        line = re.sub(r"^(?:fail2ban> ?)+", "", line)
        if found := re.match(r"(?:Status for the jail: |jail )(\S+)$", line):
            jail = jails.setdefault(found[1], Jail(found[1]))
        elif found := re.match(r"source (\d{1,12}) (\d{1,18}) (/.*)$", line):
            written[found[3]] = int(found[1]) if found[2] != "0" else 0
        elif found := re.match(r"match (\d{0,12}) (\S.*)$", line):
            matched[found[2]] = int(found[1] or 0)
        elif found := re.match(r"started (\d{1,12})$", line):
            started = int(found[1])
        elif line == "knows SASL":
            jail.knows_logins = True
        else:
            listing = _of_jail(jail, line, listing)
    return Fail2ban(tuple(jails.values()), started, written, matched)


def _of_jail(jail: Jail, line: str, listing: str) -> str:
    """Reads one line about a jail; returns which list the next line may belong to."""
    if found := re.search(r"Total failed:\s*(\d{1,9})", line):
        jail.failed = int(found[1])
    elif found := re.search(r"File list:\s*(\S.*)?$", line):
        jail.files = tuple((found[1] or "").split())
    elif found := re.search(r"Journal matches:\s*(\S.*)?$", line):
        jail.matches = (found[1] or "").strip()
    elif found := re.search(r"Banned IP list:\s*(\S.*)?$", line):
        jail.banned = tuple((found[1] or "").split())
    elif line.startswith("These IP addresses/networks are ignored"):
        return "ignored"
    elif "has the following actions" in line:
        return "actions"
    elif listing == "ignored" and (found := re.match(r"[|`]- (\S+)$", line)):
        jail.ignored = (*jail.ignored, found[1])
        return listing
    elif re.fullmatch(r"-?\d{1,12}", line):
        _of_numbers(jail, int(line))
    elif listing == "actions" and re.fullmatch(r"[\w., -]{1,400}", line):
        jail.actions = tuple(re.split(r"[,\s]+", line.strip()))
    return ""


def _of_numbers(jail: Jail, number: int) -> None:
    """Bare numbers come in the order in which they were asked for."""
    if jail.ban_seconds is None:
        jail.ban_seconds = number
    elif jail.most_failures is None:
        jail.most_failures = number


def times(jail: str) -> str:
    """The command that tells since when each address is banned."""
    return f"sudo sh -c {shlex.quote(_TIMES.format(jail=shlex.quote(jail)))}"


def just_banned(text: str) -> frozenset[str]:
    """The addresses of what that command shows that were banned a moment ago; none where it does not tell."""
    banned = re.findall(rf"^(\S{{3,45}})\s+{_STAMP} \+ ", text, re.MULTILINE)
    now = re.search(rf"^now {_STAMP}$", text, re.MULTILINE)
    if now is None:
        return frozenset()
    try:
        end = datetime.fromisoformat(now[1])
        return frozenset(address for address, since in banned if end - datetime.fromisoformat(since) < _NEW)
    except ValueError:
        return frozenset()
