"""OpenSMTPD's log lines as events, OpenSMTPD 6.6 to 7.7.

Source: OpenSMTPD usr.sbin/smtpd/smtp_session.c, mta_session.c, mda.c, mta.c (log_info and log_warn calls).
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

_SESSION = re.compile(r"[0-9a-f]{16} (smtp|mta|mda|smtp-in|smtp-out) (.*)", re.DOTALL)
_FIELD = re.compile(
    r'\b(evpid|from|to|rcpt|relay|delay|result|stat|user|address|host|command|reason)=(?:"((?:[^"\\]|\\.){0,1000})"|<([^>]{0,512})>|(\S{0,255}))'
)
_DURATION = re.compile(r"(\d{1,6})([dhms])")
_STATUS = {"Ok": "sent", "TempFail": "deferred", "PermFail": "bounced", "Loop": "bounced", "Delivered": "sent"}


def parse(text: str) -> Event | None:
    """The event in the text after "smtpd[pid]: "; None for a line nobody knows."""
    if found := re.match(r"(warn|fatal|info|debug)(?:\(?\)?): (.*)", text, re.DOTALL):
        severity = {"warn": Severity.WARNING, "fatal": Severity.FATAL}.get(found[1])
        return trouble(severity, found[2]) if severity else ROUTINE
    if found := _SESSION.match(text):
        return _session(found[1], found[2])
    if text.startswith("smtp-out: "):
        return _route(text)
    if re.match(
        r"queue: |version: |Exiting|control|\S+: \S+ for |startup|OpenSMTPD|mta |mda |table|reload|purge", text
    ):
        return ROUTINE
    return None


def _session(side: str, text: str) -> Event:
    fields = {name: quoted or bracketed or bare for name, quoted, bracketed, bare in reversed(_FIELD.findall(text))}
    if text.startswith("delivery "):
        return _delivery(fields, text)
    if text.startswith("authentication ") and fields.get("result", "ok") != "ok":
        return AuthenticationFailure(fields.get("user", ""), fields.get("address", ""), "", fields["result"])
    if text.startswith("failed-command "):
        result = fields.get("result", "")
        codes = re.match(r"(\d\d\d)[ -](\d\.\d{1,3}\.\d{1,3})?", result)
        stage = (fields.get("command", "").split() or [""])[0].upper().rstrip(":")
        return Rejection(
            stage,
            fields.get("host", ""),
            fields.get("address", ""),
            codes[1] if codes else "",
            (codes[2] or "") if codes else "",
            result,
        )
    if text.startswith(("error ", "disconnected reason=")) and fields.get("reason", "quit") not in (
        "quit",
        "disconnect",
        "messages-limit",
    ):
        kind = Kind.TLS if re.search(r"tls|ssl|certificate", text, re.IGNORECASE) else Kind.CONNECTION
        return Trouble(kind, Severity.INFO, f"{side} {text}", fields.get("host", fields.get("address", "")))
    return ROUTINE


def _delivery(fields: dict[str, str], text: str) -> Event:
    stat = fields.get("stat", "") if 'stat="' in text else text.partition(" stat=")[2]
    codes = re.match(r"\d\d\d[ -](\d\.\d{1,3}\.\d{1,3})", stat)
    delay = sum(
        int(number) * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit]
        for number, unit in _DURATION.findall(fields.get("delay", ""))
    )
    result = fields.get("result", "")
    return Delivery(
        fields.get("evpid", ""),
        fields.get("to", "").rpartition("@")[2].lower(),
        fields.get("relay", "local"),
        codes[1] if codes else "",
        float(delay) if "delay" in fields else None,
        _STATUS.get(result, result.lower()),
        stat,
    )


def _route(text: str) -> Event:
    """Routes switched off and on again, MX records not found, errors of a session."""
    if re.search(r"No MX found|Failed to resolve|Address family", text):
        return Trouble(Kind.DNS, Severity.INFO, text, text.rpartition(" for ")[2].partition(":")[0])
    if re.search(r"Error|Disabling|Too many|No valid route", text):
        return Trouble(Kind.CONNECTION, Severity.INFO, text, "")
    return ROUTINE
