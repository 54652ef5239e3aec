"""How filters mark a message that they let pass: fields of its header, its subject, the folder that it was put in."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message

# The fields of SpamAssassin, Rspamd, amavis, clamav-milter and their like, and how their values begin where they warn.
_OF_VIRUSES = (
    ("X-Virus-Status", "infected"), ("X-Virus-Status", "yes"), ("X-Spam-Virus", "yes"),
    ("X-Amavis-Alert", ""), ("X-Quarantine", ""),
)  # fmt: skip
# Rspamd (milter_headers, x-virus), ClamAV's and others' own names for viruses stand there, so what is good is listed.
_CLEAN = re.compile(r"(?:no|not|none|clean|false|0|fail|error)\b|$", re.IGNORECASE)
_OF_SPAM = (
    ("X-Spam-Flag", "yes"), ("X-Spam", "yes"), ("X-Spam-Status", "yes"), ("X-Rspamd-Action", "reject"),
    ("X-Rspamd-Action", "add header"),
)  # fmt: skip


def mark(octets: bytes, folder: str, subject: str, *, virus: bool = False) -> str:
    """What tells the reader of a message, or his mail program, that it is bad; empty if nothing does.

    subject: as it was sent; virus: what marks spam does not tell of it. Written by strangers.
    """
    message = message_from_bytes(octets)
    if folder != "INBOX":
        return f"in {folder}"
    for name, begins in _OF_VIRUSES if virus else (*_OF_SPAM, *_OF_VIRUSES):
        value = _first(message, name)
        if value is not None and value.lower().startswith(begins):
            return f"{name}: {value[:80]}"
    named = _first(message, "X-Virus")
    if named is not None and not _CLEAN.match(named):
        return f"X-Virus: {named[:80]}"
    found = _first(message, "Subject")
    return f"Subject: {found[:80]}" if found and not found.startswith(subject) else ""


def _first(message: Message, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else re.sub(r"\s+", " ", str(value)).strip()
