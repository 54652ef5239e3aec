"""Where a server's reply ends: the last line of a reply in SMTP, IMAP, POP3 and ManageSieve."""

from __future__ import annotations

import re

_SMTP = re.compile(r"\d{3}(-| |$)")
_POP3_MULTI_LINE = re.compile(r"(?i)(CAPA|UIDL|LIST)$")


class NotAReply(ValueError):
    """The server does not speak this protocol: the message is the line it sent."""


def is_last(protocol: str, command: str, line: str) -> bool:
    """Whether this line ends the reply to a command; the greeting is the reply to the empty command.

    protocol: ``smtp``, ``imap``, ``pop3`` or ``sieve``. Raises NotAReply for a line that the protocol does not know.
    """
    match protocol:
        case "smtp":
            return _smtp(line)
        case "imap":
            return _imap(command.partition(" ")[0], line)
        case "pop3":
            return _pop3(command, line)
        case _:
            return line.upper().startswith(("OK", "NO", "BYE"))


def _smtp(line: str) -> bool:
    """RFC 5321 §4.2.1: every line begins with the code; a hyphen after it says that more lines follow."""
    if not _SMTP.match(line):
        raise NotAReply(line)
    return line[3:4] != "-"


def _imap(tag: str, line: str) -> bool:
    """RFC 9051 §2.2.2: untagged lines begin with an asterisk; the one with the command's tag completes it."""
    if not tag:
        if not line.startswith("* "):
            raise NotAReply(line)
        return True
    return line.startswith((f"{tag} ", "+", "* BYE"))


def _pop3(command: str, line: str) -> bool:
    """RFC 1939 §3: ``+OK`` or ``-ERR``; multi-line replies end with a line of one dot."""
    if _POP3_MULTI_LINE.match(command):
        return line == "." or line.startswith("-ERR")
    if not line.startswith(("+", "-ERR")):
        raise NotAReply(line)
    return True
