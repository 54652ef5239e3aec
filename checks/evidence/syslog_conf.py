"""Where a syslog daemon puts what mail programs say: the rules of rsyslog.conf(5) and syslog-ng.conf(5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

RSYSLOG = "sudo sh -c 'cat /etc/rsyslog.conf /etc/rsyslog.d/*.conf 2>/dev/null | grep -vE \"^[[:space:]]*(#|\\$)\"'"
SYSLOG_NG = (
    "sudo sh -c 'cat /etc/syslog-ng/syslog-ng.conf /etc/syslog-ng/conf.d/*.conf 2>/dev/null "
    '| grep -vE "^[[:space:]]*(#|$)"\''
)
_SELECTOR = re.compile(r"^([\w*,.;=!]+\.[\w*,.;=!]+)\s+(.+)$")
_PROGRAM = re.compile(r"postfix|dovecot|exim|smtpd|\bmail\b|syslogfacility", re.IGNORECASE)
_FILE = re.compile(r"\bfile=\"(/[^\"]+)\"")
_TARGET = re.compile(r"\btarget=\"([^\"]+)\"")
_BARE_FILE = re.compile(r"(?:^|\s|\{)-?(/[\w./@-]+)\s*(?:;\w+)?\s*\}?$")
_BARE_TARGET = re.compile(r"^@@?(?:\([^)]*\))?([\w.:\[\]-]+)")
_OTHER_INPUT = re.compile(r"\bimjournal\b|\bSysSock\.Name\b|^\$SystemLogSocketName\b", re.IGNORECASE | re.MULTILINE)
_INCLUDED = re.compile(
    r"^\s*(?:\$IncludeConfig\s+|include\s*\(\s*file\s*=\s*)\"?([^\s\")]+)", re.MULTILINE | re.IGNORECASE
)
_NG_PART = re.compile(r"\b(destination|filter|log)\s*(\w*)\s*\{((?:[^{}]|\{[^{}]*\})*)\}", re.DOTALL)
_NG_FILE = re.compile(r"\bfile\s*\(\s*\"?(/[\w./@-]+)")
_NG_USED = re.compile(r"\b(filter|destination)\s*\(\s*\"?(\w+)")
_NG_REMOTE = re.compile(r"\b(?:tcp|udp|network|syslog)\s*\(\s*\"([^\"]+)\"")


@dataclass(frozen=True)
class Route:
    """Where lines of mail go. mail_only: the rule is about mail; whole: of every priority. remote: another host."""

    file: str
    remote: str
    mail_only: bool
    whole: bool


def rsyslog(text: str) -> tuple[Route, ...]:
    """The rules of rsyslog through which mail's lines go, in the order of the configuration."""
    return tuple(route for statement in statements(text) for route in _rsyslog_rule(statement))


def reads_forwarded_alone(text: str) -> bool | None:
    """Whether rsyslog gets local lines only as journald forwards them; None where a file that was not read may tell.

    imjournal reads the journal itself, and imuxsock may be told of another socket.
    """
    if _OTHER_INPUT.search(text):
        return False
    elsewhere = [path for path in _INCLUDED.findall(text) if not path.startswith("/etc/rsyslog.d/")]
    return None if elsewhere else bool(re.search(r"\bimuxsock\b", text))


def statements(text: str) -> Iterator[str]:
    """Lines, with blocks in braces and parentheses joined to one."""
    held, depth = "", 0
    for line in text.splitlines()[:5000]:
        held = f"{held} {line.strip()}".strip()
        depth += line.count("{") + line.count("(") - line.count("}") - line.count(")")
        if depth <= 0 and not held.endswith("\\"):
            yield held[:8192]
            held, depth = "", 0
        held = held.rstrip("\\") if depth <= 0 else held
    if held:
        yield held[:8192]


def keeps_mail(statement: str) -> bool:
    """Whether a rule of rsyslog writes mail's lines to a file, or sends them on."""
    return any(route.whole for route in _rsyslog_rule(statement))


def _rsyslog_rule(statement: str) -> Iterator[Route]:
    selector = _SELECTOR.match(statement)
    if selector:
        mail, only, whole = _selects(selector[1])
        action = selector[2]
    else:
        about = re.match(r"if\b|:(?:programname|syslogtag|syslogfacility)", statement)
        mail = bool(about and _PROGRAM.search(statement)) or bool(re.match(r"action\s*\(", statement))
        only, whole, action = bool(about), not re.search(r"severity|msg", statement), statement
    if not mail:
        return
    for path in dict.fromkeys(_FILE.findall(action) or _BARE_FILE.findall(action)):
        yield Route(path, "", only, whole)
    for target in _TARGET.findall(action) or _BARE_TARGET.findall(action):
        yield Route("", target, only, whole)


def _selects(selector: str) -> tuple[bool, bool, bool]:
    """Whether lines of facility mail are selected; whether just those; whether of every priority."""
    mail, only, whole = False, True, False
    for part in selector.split(";"):
        facilities, _, priority = part.rpartition(".")
        names = facilities.split(",")
        if "mail" not in names and "*" not in names:
            only = False
            continue
        mail = priority != "none" and not priority.startswith("!")
        whole = priority in ("*", "debug", "info")
        only = only and names == ["mail"]
    return mail, only and mail, whole


def syslog_ng(text: str) -> tuple[Route, ...]:
    """The log paths of syslog-ng through which mail's lines go."""
    parts = [(m[1], m[2], m[3]) for m in _NG_PART.finditer(text[:200_000])]
    named = {(kind, name): body for kind, name, body in parts if name}
    found = []
    for kind, _, body in parts:
        if kind != "log":
            continue
        used = _NG_USED.findall(body)
        filters = [named.get(("filter", name), "") for what, name in used if what == "filter"]
        for_mail = [f for f in filters if re.search(r"facility\s*\([^)]*\bmail\b", f) and "not facility" not in f]
        if filters and not for_mail and any(re.search(r"\bfacility\s*\(", f) for f in filters):
            continue
        ends = " ".join([body, *(named.get(("destination", name), "") for what, name in used if what == "destination")])
        only, whole = bool(for_mail), not any(re.search(r"\blevel\s*\(", f) for f in filters)
        found += [Route(path, "", only, whole) for path in _NG_FILE.findall(ends)]
        found += [Route("", target, only, whole) for target in _NG_REMOTE.findall(ends)]
    return tuple(found)


def best_file(routes: tuple[Route, ...]) -> str:
    """The file that tells most of mail: the last of those for mail alone, else one for everything; or none."""
    files = [route for route in routes if route.file.startswith("/") and not route.file.startswith("/dev/")]
    for wanted in ((True, True), (False, True), (True, False), (False, False)):
        named = [route.file for route in files if (route.mail_only, route.whole) == wanted]
        if named:
            return named[0]
    return ""
