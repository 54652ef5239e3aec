"""What the reply to a login says of the password: SMTP, IMAP, POP3 and ManageSieve have codes for other reasons."""

from __future__ import annotations

import re
from enum import Enum

# RFC 4954 §6: 535 5.7.8 is for credentials; RFC 5530 §3, RFC 9051 §7.1: AUTHENTICATIONFAILED; RFC 3206 §5: AUTH.
_TAKEN = re.compile(r"(?:235|\+?OK)(?:[ -]|$)", re.IGNORECASE)
_REFUSED = re.compile(r"535(?:[ -]|$)|(?:NO|-ERR) \[(?:AUTHENTICATIONFAILED|AUTH)\]", re.IGNORECASE)
_NO_CODE = re.compile(r"(?:NO|-ERR)(?: (?!\[)|$)", re.IGNORECASE)
_ABOUT_PASSWORD = re.compile(r"auth|login|log in|password|credential|user ?name|^(?:NO|-ERR)\s*$", re.IGNORECASE)
# What is said of an account that may not use this service, is locked, or comes too often: by whatever code.
_NOT_HERE = re.compile(
    r"disabled|deactivated|not (?:enabled|allowed|permitted|activated|available)"
    r"|(?:access|service) (?:is )?(?:denied|off)|temporar|try (?:again|later)|too many|limit"
    r"|(?<!reason )unavailable|locked|expired|\b4\.\d\.\d|\b5\.7\.(?:9|\d\d)",
    re.IGNORECASE,
)  # fmt: skip


class Judged(Enum):
    """PERHAPS_REFUSED: a plain no, which has many reasons; UNKNOWN: the password was not judged, or not alone."""

    TAKEN = "taken"
    REFUSED = "refused"
    PERHAPS_REFUSED = "perhaps refused"
    UNKNOWN = "unknown"


def judged(line: str, *, tagged: bool = False) -> Judged:
    """What the last line of the reply says. tagged: the tag of IMAP stands before it."""
    said = line.partition(" ")[2] if tagged else line
    if _TAKEN.match(said):
        return Judged.TAKEN
    if _NOT_HERE.search(said):
        return Judged.UNKNOWN
    if _REFUSED.match(said):
        return Judged.REFUSED
    return Judged.PERHAPS_REFUSED if _NO_CODE.match(said) and _ABOUT_PASSWORD.search(said) else Judged.UNKNOWN
