"""What mail logs tell: deliveries, failed logins, rejections and trouble, in the same terms for every mail server.

Postfix, Dovecot, Exim, OpenSMTPD and OpenDKIM have a parser each (`postfix_log.py` and so on) that turns the text of
one line into one of these events, `Routine` for a line that is known and tells nothing, or None for an unknown one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How loudly the daemon itself said it."""

    PANIC = "panic"
    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Kind(StrEnum):
    """What a line of trouble is about."""

    CONNECTION = "connection"
    TLS = "tls"
    MILTER = "milter"
    MAP = "map"  # a lookup table, alias file or database
    DNS = "dns"
    AUTHENTICATION = "authentication"  # the backend fails, not a user
    PROCESS_LIMIT = "process limit"
    DISK = "disk"
    CONFIGURATION = "configuration"
    DELIVERY = "delivery"  # a local mailbox or command cannot be delivered to
    CRASH = "crash"  # a process died or is restarted in a loop
    PROTOCOL = "protocol"  # what a peer says is wrong
    DKIM = "dkim"  # signing or verifying fails
    SUPPRESSED = "suppressed"  # the log itself lost lines
    OTHER = "other"


@dataclass(frozen=True)
class Delivery:
    """One attempt for one recipient; `status` is sent, deferred, bounced, expired or another word of Postfix."""

    queue_id: str
    recipient_domain: str  # never the local part
    relay: str  # "mx.example.org[192.0.2.1]:25", "local", "none"
    dsn: str  # "2.0.0", or "" where the server logs none
    delay: float | None  # seconds since arrival
    status: str
    reply: str

    @property
    def bad(self) -> bool:
        """Not delivered: for good, or for now."""
        return self.status in ("bounced", "deferred", "expired", "force-expired", "undeliverable")


@dataclass(frozen=True)
class AuthenticationFailure:
    """A login that was refused; `user` is "" where the server does not log it."""

    user: str
    address: str
    mechanism: str
    reason: str


@dataclass(frozen=True)
class Rejection:
    """A client, recipient or message our server refused; `reason` is the reply, fit for `replies.classify`."""

    stage: str  # CONNECT, EHLO, MAIL, RCPT, DATA, END-OF-MESSAGE …
    client: str  # host name, "unknown" or ""
    address: str
    code: str
    dsn: str
    reason: str


@dataclass(frozen=True)
class Trouble:
    """A line that says something is wrong; `subject` is the peer, table, milter or service named in it, or ""."""

    kind: Kind
    severity: Severity
    text: str
    subject: str


@dataclass(frozen=True)
class Routine:
    """A line that is known and tells nothing a check needs."""


Event = Delivery | AuthenticationFailure | Rejection | Trouble | Routine
ROUTINE = Routine()

_KINDS = (
    (
        Kind.DISK,
        (
            r"no space left|disk (is )?full|disk quota|quota exceeded|not enough (free|disk) space|"
            r"insufficient (system )?storage"
            r"|free space in mail|file too large|read-only file|enospc|out of disk"
        ),
    ),
    (
        Kind.PROCESS_LIMIT,
        (
            r"process limit|process_limit|client_limit|too many (open files|connections|processes|files)"
            r"|connection count"
            r"|fork: |cannot allocate|out of memory|resource temporarily|max_userip|maximum number of connections"
        ),
    ),
    (Kind.MILTER, r"\bmilter\b|smfi_|content filter|rspamd|amavis|clamd|clamav"),
    (Kind.TLS, r"\btls|\bssl|starttls|certificate|private key|\bdane\b|tlsa|cipher|handshake"),
    (
        Kind.CRASH,
        (
            r"killed by signal|exit status|bad command startup|throttling|core dump|segfault|child \S* ?(died|crashed)|"
            r"lost (child|processor)"
            r"|premature end-of-input|command startup failed|unexpected_?exit|aborted"
        ),
    ),
    (
        Kind.AUTHENTICATION,
        (
            r"\bsasl|\bauth[- ]?(server|worker|client|service)?\b.{0,80}(fail|timeout|unavailable|disconnect|refused)|"
            r"passdb|userdb|passwd-file"
            r"|authentication (server|service)"
        ),
    ),
    (
        Kind.MAP,
        (
            r"open (database|table|map|alias)|\b(database|alias|table|map)s?\b.{0,80}(unavailable|lookup|error|"
            r"older than|not found|no such|problem|missing)"
            r"|lookup (error|problem|fail|table)|\b(hash|lmdb|btree|cdb|texthash|regexp|pcre|mysql|pgsql|ldap|proxy|"
            r"sqlite|tcp|memcache):"
            r"|dict_|(mysql|pgsql|ldap) server|sql |query failed|signing ?table|key ?table|keydata"
        ),
    ),
    (
        Kind.CONFIGURATION,
        (
            r"unused parameter|undefined parameter|backwards-compatible|deprecated|obsolete|not owned by|owned by|"
            r"permissions?\b|writable"
            r"|parameter|configuration|config(uration)? (file|error)|main\.cf|master\.cf|setting|unsafe|insecure"
            r"|symlink|unsupported|bad (value|numeric|string)"
            r"|myhostname|mydestination|my own hostname|loops? back|smtputf8_enable|not in|will be removed|"
            r"unknown (option|service)"
        ),
    ),
    (
        Kind.DNS,
        (
            r"does not resolve|name service|no mx|mx record|\bdns|resolv|host not found|numeric domain name|"
            r"valid_hostname|hostname|no host name|nameserver"
        ),
    ),
    (
        Kind.DELIVERY,
        (
            r"mailbox|maildir|mail_location|mail storage|sieve|save failed|delivery|quota|home directory|spool file|"
            r"frozen"
        ),
    ),
    (
        Kind.CONNECTION,
        r"connect|connection|timed? ?out|unreachable|no route|reset by peer|broken pipe|lost|refused|private/|socket",
    ),
    (Kind.PROTOCOL, r"command|syntax|protocol|pipelining|illegal address|non-smtp|bare newline|header"),
)
_KIND = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_SUBJECT = re.compile(
    r"(?:milter (?:service )?|connect to (?:\w+ (?:server|service) )?|service |database |table |to |with |from |for )?"
    r"((?:inet|unix|local|hash|lmdb|btree|cdb|mysql|pgsql|ldap|proxy|sqlite|regexp|pcre|texthash|tcp):[^\s,;]{1,200}|"
    r"private/[\w.@/-]{1,100}"
    r"|service[ (]\"?[\w:-]{1,60}|[\w.-]{1,255}\[[\w.:/-]{1,100}\](?::\d+)?|/[\w./-]{2,200})",
    re.IGNORECASE,
)


def trouble(severity: Severity, text: str) -> Trouble:
    """A trouble event whose kind and subject are read from the words."""
    kind = next((kind for kind, pattern in _KIND if pattern.search(text)), Kind.OTHER)
    found = _SUBJECT.search(text)
    subject = found[1].replace("service(", "").replace('service "', "").rstrip(":") if found else ""
    return Trouble(kind, severity, text, subject)
