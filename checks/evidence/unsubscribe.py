"""What a bulk message says of unsubscribing: RFC 2369 §3.2, RFC 8058."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

FIELDS = ("From", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature")
_NEEDED = ("list-unsubscribe", "list-unsubscribe-post")
_LITERAL = re.compile(r"\* \d{1,10} FETCH .*\{\d{1,9}\}")


@dataclass(frozen=True)
class Unsubscribing:
    """uri: the HTTPS one; posts: one click is enough (RFC 8058 §3.1); signed: a DKIM signature covers both fields."""

    date: str
    uri: str
    posts: bool
    signed: bool

    @property
    def lacks(self) -> tuple[str, ...]:
        """What keeps a mail program from offering its button."""
        found = [] if self.uri else ["no HTTPS address in List-Unsubscribe"]
        found += [] if self.posts else ["no List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
        return (*found, *([] if self.signed else ["no DKIM signature covers both fields (h=)"]))


def newest(reply: Iterable[str]) -> str:
    """The highest number that an IMAP search told (RFC 9051 §7.3.4); empty if it found nothing."""
    numbers = [
        int(word) for line in reply if line.upper().startswith("* SEARCH") for word in line.split()[2:][:10000]
        if re.fullmatch(r"\d{1,10}", word)
    ]  # fmt: skip
    return str(max(numbers)) if numbers else ""


def unsubscribing(reply: Sequence[str]) -> Unsubscribing | None:
    """From the reply to a FETCH of FIELDS; None where it holds no fields."""
    begin = next((n for n, line in enumerate(reply) if _LITERAL.match(line)), -1)
    if begin < 0:
        return None
    message = message_from_string("\n".join(reply[begin + 1 :]) + "\n")
    if message["From"] is None:
        return None
    uris = re.findall(r"<\s*(https://[^>\s]{1,2000})\s*>", _field(message, "List-Unsubscribe"), re.IGNORECASE)
    posts = _field(message, "List-Unsubscribe-Post").replace(" ", "").lower() == "list-unsubscribe=one-click"
    signed = any(_covers(str(value)) for value in message.get_all("DKIM-Signature", [])[:10])
    return Unsubscribing(_field(message, "Date"), uris[0] if uris else "", posts, signed)


def _field(message: Message, name: str) -> str:
    return " ".join(str(message[name] or "").split())


def _covers(signature: str) -> bool:
    match = re.search(r"(?:^|;)\s*h\s*=([^;]{0,4000})", signature)
    listed = [name.strip().lower() for name in match[1].split(":")] if match else []
    return all(name in listed for name in _NEEDED)
