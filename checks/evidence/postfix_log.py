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
_ACTION = rf"(?:{_QUEUE_ID}: )?(?:milter-|proxy-)?(?:reject(?:_warning)?|discard|hold): "
_REJECT = re.compile(
    rf"{_ACTION} {{0,3}}([A-Z][A-Z-]{{2,20}}) from (\S{{0,255}})\[([\w.:]{{2,64}})\](?::\d+)?: (.*)", re.DOTALL
)
_REJECT_PROXY = re.compile(rf"{_ACTION}([A-Z][A-Z-]{{2,20}}): (\d\d\d .*)", re.DOTALL)
_REJECT_CONTENT = re.compile(
    rf"{_ACTION}(header|body|content) .{{0,2000}}? from (?:local|(\S{{0,255}})\[([\w.:]{{2,64}})\]); "
    r"from=<[^>]{0,512}>.{0,600}?(?:helo=<[^>]{0,255}>|to=<[^>]{0,512}>)?: (.*)",
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
    rf"{_QUEUE_ID}: (?!to=)|connect from|disconnect from|CONNECT from|DISCONNECT|PASS (OLD|NEW)|(ALLOW|DENY|WHITE|"
    rf"BLACK|"
    rf"WELCOME)LIST|HANGUP|DNSBL rank|PREGREET|"
    r"BARE NEWLINE|NON-SMTP|discarding EHLO|mapping DSN|master exit time|exiting to reopen|TLSRPT: status=success|"
    r"COMMAND |DATA without|addr \S+ listed by|statistics: |(Anonymous|Untrusted|Trusted|"
    r"Verified) TLS|initializing the|setting up TLS|"
    r"uid=|message-id=|cache \S+ (full )?cleanup|close database|using .{1,60} for |removed|daemon started|"
    r"starting the|refreshing the|"
    r"(entering|leaving)|reload|terminating|stopping|shutting down|mastering|Stopped|skipping|unblocked|SSL: |"
    r"process id|table .{1,200} has changed|"
    r"replacing |dict_|name_mask|watchdog|Postfix is|the Postfix|proxy-accept|END-OF-MESSAGE|abort|filter: |info:|"
    r"looking for|whitelisted|verify cache|see https?://www\.postfix\.org/|to disable backwards compatib|"
    r"queue active|Deleted|Requeued|Released|Placed|redirect|scache|private/scache|not sent|sent|sender |rate limit",
    re.IGNORECASE,
)
_SAID_SOFTLY = (  # trouble that Postfix logs without the word "warning"
    (
        Kind.TLS,
        Severity.WARNING,
        (
            r"SSL_(accept|connect|set_fd) error|.{0,40}certificate verification failed|TLS library problem|"
            r"TLS handshake failed"
            r"|untrusted issuer|cannot (load|set|read) .{0,60}(certific|CA|entropy|EGD)|TLS support is not compiled|"
            r"TLSRPT: status=failure"
            r"|TLS SNI .{1,300} not matched|\S+ SNI"
        ),
    ),
    (Kind.CONNECTION, Severity.INFO, r"connect to \S{1,400}: |(NOQUEUE: )?(lost connection|timeout) after "),
    (
        Kind.PROTOCOL,
        Severity.INFO,
        (
            r"(NOQUEUE: )?(too many errors after|improper command pipelining|bare newline received|non-SMTP)"
            r"|host \S+ offers SMTPUTF8 support, but not"
        ),
    ),
    (
        Kind.PROCESS_LIMIT,
        Severity.WARNING,
        (
            r"(NOQUEUE: )?(too many connections|all (server|screening) ports busy|reject: (all screening|"
            r"connect from \S+ all))"
        ),
    ),
    (
        Kind.CONFIGURATION,
        Severity.WARNING,
        r"using backwards-compatible default setting|SMTPS wrappermode .{0,40} requires",
    ),
)
_SOFT = tuple((kind, severity, re.compile(pattern, re.IGNORECASE)) for kind, severity, pattern in _SAID_SOFTLY)
_SILENT = (
    "postfix-script",
    "postsuper",
    "postlog",
    "scache",
    "anvil",
    "policyd-spf",
    "policy-spf",
)  # nothing of use here


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
    if event := _rejection(text):
        return event
    for kind, severity, pattern in _SOFT:
        if pattern.match(text):
            return Trouble(kind, severity, text, trouble(severity, text).subject)
    return ROUTINE if _INTERIM.match(text) or _ROUTINE.match(text) or daemon in _SILENT else None


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


def _rejection(text: str) -> Rejection | None:
    if found := _REJECT.match(text):
        stage, client, address, said = found[1], found[2], found[3], found[4]
    elif found := _REJECT_PROXY.match(text):
        stage, client, address, said = found[1], "", "", found[2]
    elif found := _REJECT_CONTENT.match(text):
        stage, client, address, said = found[1], found[2] or "", found[3] or "", found[4]
    else:
        return None
    reason = _TAIL.sub("", said)
    codes = _CODES.match(reason)
    dsn = (codes[2] or "") if codes else ""
    return Rejection(stage.upper(), client, address, codes[1] if codes else "", dsn, reason)
