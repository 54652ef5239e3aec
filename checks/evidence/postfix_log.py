"""Postfix's log lines (postfix/smtpd, smtp, qmgr …) as events, Postfix 3.4 to 3.11.

Sources: Postfix src/global/log_adhoc.c, src/smtpd/smtpd_check.c (reject lines), src/smtpd/smtpd_sasl_glue.c,
src/postscreen, src/master/master_avail.c.
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

_QUEUE_ID = r"(?:[0-9A-F]{6,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}|NOQUEUE)"
_DELIVERY = re.compile(
    rf"({_QUEUE_ID}): to=<?([^>,]{{0,512}})>?, (?:orig_to=<?[^>,]{{0,512}}>?, )?relay=([^,]{{0,400}}), "
)
_FIELDS = re.compile(r"\b(delay|dsn|status)=([\w./-]{1,40})")
_REPLY = re.compile(r"\bstatus=\w+ \((.*?)\)?$", re.DOTALL)
_EXPIRED = re.compile(rf"({_QUEUE_ID}): from=<[^>]{{0,512}}>, status=(expired|force-expired)")
_SASL = re.compile(
    r"warning: (\S{1,255})\[([0-9A-Fa-f.:]{2,64})\](?::\d+)?: SASL (\S{1,40}) authentication (?:failed|"
    r"aborted):? ?(.*)",
    re.DOTALL,
)
_SASL_USER = re.compile(r", sasl_username=(\S{1,255})$")
_REJECT = re.compile(
    rf"(?:{_QUEUE_ID}: )?(?:(?:milter-|proxy-)?reject(?:_warning)?|discard|hold): ([A-Z][A-Z-]*(?: command)?|header|"
    rf"body)(?: \S{{1,40}})? from "
    r"(\S{0,255})\[([0-9A-Fa-f.:]{2,64})\](?::\d+)?: (.*)",
    re.DOTALL,
)
_CODES = re.compile(r"(\d\d\d)[ -](\d\.\d{1,3}\.\d{1,3})?")
_TAIL = re.compile(r"; (?:from=<|proto=|to=<|client=).*$", re.DOTALL)
_SEVERITY = re.compile(r"(panic|fatal|error|warning): (.*)", re.DOTALL)
_INTERIM = re.compile(
    rf"{_QUEUE_ID}: (host |lost connection|conversation|Cannot start TLS|SASL authentication failed|enabling PIX|"
    rf"TLS |Server cert|breaking)"
)
_ROUTINE = re.compile(
    rf"{_QUEUE_ID}: |connect from|disconnect from|CONNECT from|DISCONNECT|PASS (OLD|NEW)|(ALLOW|DENY|WHITE|BLACK|"
    rf"WELCOME)LIST|HANGUP|DNSBL rank|PREGREET|"
    r"BARE NEWLINE|NON-SMTP|COMMAND |DATA without|addr \S+ listed by|statistics: |(Anonymous|Untrusted|Trusted|"
    r"Verified) TLS|initializing the|setting up TLS|"
    r"uid=|message-id=|cache \S+ (full )?cleanup|close database|using .{1,60} for |removed|daemon started|"
    r"starting the|refreshing the|"
    r"(entering|leaving)|reload|terminating|stopping|shutting down|mastering|Stopped|skipping|unblocked|SSL: |"
    r"process id|table .{1,200} has changed|"
    r"replacing |dict_|name_mask|watchdog|Postfix is|the Postfix|proxy-accept|END-OF-MESSAGE|abort|filter: |info:|"
    r"looking for|whitelisted|verify cache|"
    r"queue active|Deleted|Requeued|Released|Placed|redirect|scache|private/scache|not sent|sent|sender |rate limit",
    re.IGNORECASE,
)
_PEER_TROUBLE = (
    (
        Kind.TLS,
        Severity.WARNING,
        re.compile(
            r"SSL_(accept|connect) error (from|to) |certificate verification failed|TLS library problem|"
            r"Host offered STARTTLS|untrusted issuer",
            re.IGNORECASE,
        ),
    ),
    (Kind.CONNECTION, Severity.INFO, re.compile(r"connect to \S{1,400}: ")),
    (Kind.CONNECTION, Severity.INFO, re.compile(r"(NOQUEUE: )?(lost connection|timeout) after ")),
    (
        Kind.PROTOCOL,
        Severity.INFO,
        re.compile(
            r"(NOQUEUE: )?(too many errors after|improper command pipelining|bare newline received|"
            r"non-SMTP)",
            re.IGNORECASE,
        ),
    ),
    (
        Kind.PROCESS_LIMIT,
        Severity.WARNING,
        re.compile(r"(NOQUEUE: )?(too many connections|all (server|screening) ports busy|reject: all screening)"),
    ),
)


def parse(daemon: str, text: str) -> Event | None:
    """The event in a line that `daemon` (smtpd, smtp, qmgr, master …) logged; None for a line nobody knows."""
    if found := _SASL.match(text):
        return _sasl(found)
    if found := _SEVERITY.match(text):
        return _said_loudly(Severity(found[1]), found[2])
    if found := _DELIVERY.match(text):
        return _delivery(found, text)
    if found := _EXPIRED.match(text):
        return Delivery(found[1], "", "none", "", None, "expired", "returned to sender")
    if found := _REJECT.match(text):
        return _rejection(found)
    for kind, severity, pattern in _PEER_TROUBLE:
        if pattern.match(text):
            said = trouble(severity, text)
            return Trouble(kind, severity, said.text, said.subject)
    if (
        _INTERIM.match(text)
        or _ROUTINE.match(text)
        or daemon in ("postfix-script", "postsuper", "postlog", "scache", "anvil")
    ):
        return ROUTINE
    return None


def _sasl(found: re.Match[str]) -> AuthenticationFailure:
    user = _SASL_USER.search(found[4])
    reason = found[4][: user.start()] if user else found[4]
    return AuthenticationFailure(user[1] if user else "", found[2], found[3].upper(), reason)


def _said_loudly(severity: Severity, text: str) -> Event:
    """A warning about one message's header is a site's own header_checks, not trouble."""
    if severity is Severity.WARNING and re.match(r"(\S{6,20}: )?(header|body|milter_header) ", text):
        return ROUTINE
    return trouble(severity, text)


def _delivery(found: re.Match[str], text: str) -> Event | None:
    rest = text[found.end() :]
    fields = dict(reversed(_FIELDS.findall(rest[:400])))
    reply = _REPLY.search(rest)
    if "status" not in fields:
        return None  # half a line: the disk was full, or the line was cut
    try:
        delay = float(fields["delay"]) if "delay" in fields else None
    except ValueError:
        delay = None
    return Delivery(
        found[1],
        found[2].rpartition("@")[2].lower(),
        found[3],
        fields.get("dsn", ""),
        delay,
        fields["status"].lower(),
        reply[1] if reply else "",
    )


def _rejection(found: re.Match[str]) -> Rejection:
    reason = _TAIL.sub("", found[4])
    codes = _CODES.match(reason)
    return Rejection(
        found[1].upper(), found[2], found[3], codes[1] if codes else "", (codes[2] or "") if codes else "", reason
    )
