"""Dovecot's log lines (imap-login, auth, lmtp, master …) as events, Dovecot 2.3 and 2.4.

Sources: Dovecot src/login-common/client-common.c, src/auth, src/lib-lda/mail-deliver.c, src/master/service-monitor.c.
"""

import re

from checks.evidence.log_events import (
    ROUTINE,
    AuthenticationFailure,
    Delivery,
    Event,
    Kind,
    Severity,
    Trouble,
    trouble,
)

_LEVEL = re.compile(
    r"^((?:[^:<\s]{1,60}(?:<[^>]{0,200}>)*(?:\([^)]{0,200}\))?(?:<[^>]{0,80}>)*: )?)(Debug|Info|Warning|Error|Fatal|"
    r"Panic): "
)
_FROM = re.compile(r"^([\w-]{1,40})((?:\([^)]{0,200}\)|<[^>]{0,200}>)*): ")
_FAILED_LOGIN = re.compile(
    r"\((?:[^)]{0,120}, )?auth failed, \d+ attempts|auth_failed\)|tried to use (?:disabled|disallowed) plaintext auth"
)
_FIELD = re.compile(r"\b(user|method|rip)=<?([^,>\s]{0,255})")
_PASSDB = re.compile(
    r"\b([\w-]{1,40})\(([^,()]{0,255}),([0-9A-Fa-f.:]{2,64})(?:,<[^>]{0,60}>)?\): "
    r"(.{0,200}?(?:unknown user|password mismatch|authenticate\(\) failed|invalid credentials|not permitted|"
    r"user is disabled).*)",
    re.IGNORECASE | re.DOTALL,
)
_SAVED = re.compile(
    r"\b(?:saved mail to|stored mail into mailbox|forwarded to|marked message to be discarded)\b", re.IGNORECASE
)
_NOT_SAVED = re.compile(
    r"\bsave failed to\b|\bfailed to store\b|storage is full|\bquota exceeded\b|save failed to open", re.IGNORECASE
)
_LEVELS = {"Warning": Severity.WARNING, "Error": Severity.ERROR, "Fatal": Severity.FATAL, "Panic": Severity.PANIC}
_ROUTINE = re.compile(
    r"Login: |Logged out|Disconnected|Connection closed|Connection lost|Connect from|Login aborted|Aborted login|"
    r"Maximum number of connections|"
    r"Dovecot v|starting up|warning: Killed|Server shutting down|SIGHUP|Killed with signal 15|expunge|copy from|"
    r"delete|mailbox_|flag_change|append|"
    r"sieve: |stopping|reload|Inactivity|Logged in|conn unix|Finished|saved mail|uid=|dict|quota|stats|indexer|"
    r"replicat|synced|Time moved|"
    r"Generating|SSL parameters|Upgraded|box=|client (in|out|passdb)|auth client|Using |Loading |Opened|Removed|"
    r"Effective |fts|cleanup|imap-hibernate|Read auth token|passdb out|handle|new auth|"
    r"master in|master (user)?out|master userdb|auth\(|userdb out|input|output|lookup",
    re.IGNORECASE,
)


def parse(text: str) -> Event | None:
    """The event in the text after "dovecot: ", or in a line of Dovecot's own log file; None for an unknown line."""
    level = _LEVEL.search(text)
    severity = _LEVELS.get(level[2]) if level else None
    if _FAILED_LOGIN.search(text):
        return _login(text)
    if found := _PASSDB.search(text):
        return AuthenticationFailure(found[2], found[3], "", f"{found[1]}: {found[4]}")
    process = _FROM.match(text)
    said = text[level.end() :] if level else text
    if process and process[1] in ("lmtp", "lda", "deliver") and (_SAVED.search(text) or _NOT_SAVED.search(text)):
        return _saved(process, text)
    if severity is not None:
        return trouble(
            severity, (process[0] if process and process.end() <= level.start(2) else "") + said if level else said
        )
    if "SSL_accept() failed" in text or ("TLS handshaking:" in text and "failed" in text):
        return Trouble(Kind.TLS, Severity.INFO, text, _address(text))
    if (level is not None) or (process is not None and _ROUTINE.search(text)):
        return ROUTINE
    return None


def _login(text: str) -> AuthenticationFailure:
    fields = dict(reversed(_FIELD.findall(text)))
    return AuthenticationFailure(
        fields.get("user", ""),
        fields.get("rip", ""),
        fields.get("method", "").upper(),
        "plain text without TLS" if "plaintext auth" in text else "auth failed",
    )


def _address(text: str) -> str:
    return next((value for name, value in _FIELD.findall(text) if name == "rip"), "")


def _saved(process: re.Match[str], text: str) -> Delivery:
    """A mailbox delivery: the user is known, not the address; the domain is what follows "@" in the user name."""
    user = re.match(r"\(([^)]{0,255})\)", process[2] or "")
    domain = user[1].partition(",")[0].rpartition("@")[2].lower() if user and "@" in user[1] else ""
    failed = bool(_NOT_SAVED.search(text)) and not _SAVED.search(text)
    said = text[process.end() :]
    return Delivery("", domain, "dovecot", "", None, "deferred" if failed else "sent", said)
