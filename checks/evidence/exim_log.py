"""Exim's main, reject and panic log lines as events, Exim 4.90 to 4.100.

Source: the Exim specification, chapter "Log files"; Exim src/deliver.c, src/smtp_in.c.
"""

import re

from checks.evidence.log_events import (
    ROUTINE,
    AuthenticationFailure,
    Delivery,
    Event,
    Kind,
    Rejection,
    Severity,
    Trouble,
    trouble,
)

# RFC 5321 says nothing of these; message ids are 6-6-2 characters, 6-11-4 since Exim 4.97
_ID = r"[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}"
_DELIVERY = re.compile(rf"({_ID}) (=>|->|>>|\*>|\*\*|==) (\S{{1,512}})(.*)", re.DOTALL)
_ROUTER = re.compile(r" R=(\S{1,100})")
_TRANSPORT = re.compile(r" T=([^\s:]{1,100})")
_HOST = re.compile(r" H=(\S{1,255}) \[([0-9A-Fa-f.:]{2,64})\](?::\d+)?")
_CONFIRMED = re.compile(r' C="((?:[^"\\]|\\.){0,2000})"')
_QUEUE_TIME = re.compile(r" QT=((?:\d+[wdhms.])+\d*s?|\d+(?:\.\d+)?s)")
_DEFER = re.compile(r" defer \(-?\d+\)(?: H=\S{1,255} \[[^\]]{1,64}\](?::\d+)?)?(?: DT=\S+)?:? ?(.*)", re.DOTALL)
_REASON = re.compile(
    r"^(?: <[^>]{0,512}>)?(?: (?:F|P|R|T|H|X|CV|SMTP|DN|A|I|Ci|DT|QT|S|L)=\S+(?: \[[^\]]{1,64}\](?::\d+)?)?)*:? ?(.*)",
    re.DOTALL,
)
_CLIENT = r"(?:H=)?(?:(\S{1,255}) )?(?:\([^)]{0,255}\) )?\[([0-9A-Fa-f.:]{2,64})\](?::\d+)?"
_AUTH = re.compile(
    rf"(\S{{1,60}}) authenticator failed for {_CLIENT}.{{0,200}}?: "
    rf"(\d\d\d[^(]{{0,300}})(?:\(set_id=([^)]{{0,255}})\))?",
    re.DOTALL,
)
_REJECTED = re.compile(
    rf"(?:{_ID} )?(?:H=)?{_CLIENT}.{{0,900}}?\b(?:temporarily )?rejected (?:during |after |by )?"
    r"([A-Z]{3,8}|EHLO or HELO|connection|MAIL|verify)\b(.*)",
    re.DOTALL,
)
_PROTOCOL = re.compile(
    r"(?:\S+ )?SMTP (?:protocol|call|command|syntax|data timeout)|(?:\S+ )?no (?:MAIL|host name|IP address) |"
    r"unexpected disconnection|"
    r"SMTP connection .{0,300}(?:lost|timed out|closed by DROP)|(?:\S+ )?(?:rejected|refused) connection|"
    r"Connection from "
)
_TLS = re.compile(r"TLS (?:error|session|client|server|in|accept)|SSL|certificate", re.IGNORECASE)
_ROUTINE = re.compile(
    rf"{_ID} (?:<=|Completed|=>|SA: |H=|SMTP|Unfrozen|removed|cancelled|Sender|DKIM|PRDR|no immediate|Frozen|Message|"
    rf"Spool file is locked|added|host )|"
    r"\s*exim4?\.?$|(?:Starting|Stopping|Restarting) MTA|\s*Suggested action: |"
    r"(?:Start|End) queue run|exim \S+ daemon started|SIGHUP|pid \d+|Warning: purging|daemon|cwd=|"
    r"SMTP connection (?:from|outbound)|"
    r"H=.{0,300}(?:Warning:|DKIM|SPF|temporarily|F=)|(?:\S+ )?DKIM: |Daemon|alert|unqualified"
)
_SEVERE = (
    (Severity.PANIC, re.compile(r"^(?:exim: )?(?:panic|Exim configuration error|.{0,60}SIGSEGV)", re.IGNORECASE)),
    (Severity.FATAL, re.compile(r"^(?:exim: )?(?:fatal|socket bind\(\)|.{0,80}cannot (?:bind|start))", re.IGNORECASE)),
    (
        Severity.ERROR,
        re.compile(
            r"(?:failed|unable|cannot|could not|can't|error|panic|tainted|no such file|permission denied|not found|"
            r"refused|"
            r"space|unavailable|corrupt|malformed|ALERT|limit|too many|timed out)",
            re.IGNORECASE,
        ),
    ),
)


def parse(text: str) -> Event | None:
    """The event in a line without its time stamp; None for a line nobody knows."""
    text = re.sub(r"^(\[\d{1,10}\] )?", "", text, count=1)
    if found := _DELIVERY.match(text):
        return _delivery(found)
    if found := _AUTH.match(text):
        return AuthenticationFailure(found[5] or "", found[3], found[1].upper(), found[4].strip(" ("))
    if found := _REJECTED.match(text):
        return _rejection(found)
    if re.match(rf"{_ID} (?:Frozen|Message is frozen|.{{0,40}}frozen)", text):
        return Trouble(Kind.DELIVERY, Severity.INFO, text, "")  # what lies frozen is judged in the queue
    if _TLS.match(text) or re.match(rf"{_ID} TLS", text):
        return Trouble(Kind.TLS, Severity.WARNING, text, _client(text))
    if _PROTOCOL.match(text):
        return Trouble(Kind.CONNECTION, Severity.INFO, text, _client(text))
    if _ROUTINE.match(text):
        return ROUTINE
    return next((trouble(severity, text) for severity, pattern in _SEVERE if pattern.search(text)), None)


def _client(text: str) -> str:
    found = re.search(r"\[([0-9A-Fa-f.:]{2,64})\]", text)
    return found[1] if found else ""


def _delivery(found: re.Match[str]) -> Delivery:
    mark, rest = found[2], found[4]
    status = {"**": "bounced", "==": "deferred"}.get(mark, "sent")
    host = _HOST.search(rest)
    via = _TRANSPORT.search(rest)
    confirmed = _CONFIRMED.search(rest)
    reply = confirmed[1] if confirmed else ""
    if status == "deferred":
        defer = _DEFER.search(rest)
        reply = defer[1] if defer else rest.strip()
    elif status == "bounced":
        reason = _REASON.match(rest)
        reply = reason[1] if reason else rest
    relay = f"{host[1]}[{host[2]}]" if host else (via[1] if via else "none")
    address = found[3].rstrip(":").strip("<>")
    return Delivery(
        found[1], address.rpartition("@")[2].lower() if "@" in address else "", relay, "", _delay(rest), status, reply
    )


def _delay(rest: str) -> float | None:
    """Exim writes the time in the queue as 1d2h3m4s or, since 4.90, 0.123s."""
    found = _QUEUE_TIME.search(rest)
    return seconds(found[1]) if found else None


def seconds(text: str) -> float:
    """A time as Exim writes it (``1d2h``, ``30m``, ``0.123s``; its specification, chapter 6), in seconds."""
    units = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"(\d{1,9}(?:\.\d{1,9})?)([wdhms])", text))


def _rejection(found: re.Match[str]) -> Rejection:
    reason = found[4].partition(": ")[2] or found[4].strip()
    codes = re.match(r"(\d\d\d)[ -](\d\.\d{1,3}\.\d{1,3})?", reason)
    return Rejection(
        found[3].split()[0].upper(),
        found[1] or "",
        found[2],
        codes[1] if codes else "",
        (codes[2] or "") if codes else "",
        reason,
    )
