"""Rules of rsyslog, and settings of mail programs, that throw mail's lines away before anything has kept them."""

from __future__ import annotations

import re

from checks.evidence import exim, syslog_conf

# The configuration in the order in which rsyslog reads it: included files where they are included.
QUERY = (
    "sudo sh -c '[ -f /etc/rsyslog.conf ] || exit 127; awk \"/^[[:space:]]*(.IncludeConfig|include *[(])/ "
    '{ fflush(); system(\\"cat /etc/rsyslog.d/*.conf 2>/dev/null\\"); next } { print }" /etc/rsyslog.conf '
    '| grep -vE "^[[:space:]]*(#|\\$)"\''
)
_STOPS = re.compile(r"(?:^|[\s{])(?:stop|~)\s*\}?\s*$")
_ABOUT_MAIL = re.compile(
    r"(?:programname|syslogtag|syslogfacility(?:-text)?)\b\W{1,6}(?:\w+\W{1,4})?(?:postfix|dovecot|exim|smtpd|opensmtpd|mail)\b",
    re.IGNORECASE,
)
_SEVERITY = re.compile(r"\$syslogseverity(?:-text)?\s*(==|>=|<=|>|<)\s*['\"]?(\w+)")
_NULL = "/dev/null"
_INFO = 6  # RFC 5424 §6.2.1: what mail programs say of deliveries, logins and refusals


def discarded(text: str) -> tuple[str, ...]:
    """The rules by which lines of severity info are thrown away, where no rule before them has kept mail's lines."""
    found = []
    for statement in syslog_conf.statements(text):
        if syslog_conf.keeps_mail(statement):
            break
        if _STOPS.search(statement) and _about_mail(statement):
            found.append(statement[:200])
    return tuple(found)


def nowhere(program: str, told: str) -> tuple[str, ...]:
    """The settings by which a program writes its log to /dev/null, of what the question of its own file is told."""
    lines = [line.strip() for line in told.splitlines()]
    if program == "exim":
        to = exim.items(told.partition("=")[2])
        return ("log_file_path = /dev/null",) if _NULL in to and "syslog" not in to else ()
    names = {"postfix": ("maillog_file",), "dovecot": ("log_path", "info_log_path")}.get(program, ())
    return tuple(f"{name} = {value}" for name, value in zip(names, lines, strict=False) if value == _NULL)


def _about_mail(statement: str) -> bool:
    selector = statement.split()[0]
    if "." in selector and not selector.startswith(("if", ":", "*.")):
        facilities, _, priority = selector.rpartition(".")
        return "mail" in re.split(r"[,;]", facilities) and priority in ("*", "debug", "info", "=info")
    if re.search(r"\bmsg\b", statement) or not _ABOUT_MAIL.search(statement) or " not " in f" {statement} ":
        return False
    severity = _SEVERITY.search(statement)
    return severity is None or _holds_info(severity[1], severity[2])


def _holds_info(comparison: str, value: str) -> bool:
    if not value.isdecimal():
        return value == "info" and comparison == "=="
    number = int(value)
    return {"==": number == _INFO, ">=": number <= _INFO, ">": number < _INFO,
            "<=": number >= _INFO, "<": number > _INFO}[comparison]  # fmt: skip
