"""Tokens in the place of people: the local part of an address becomes u and seven digits, the same one within a run.

Mail logs are thinned on the host in the same way (thin.awk, token.awk), and a person has the same token there.
Addresses of an office and not of somebody (RFC 2142: postmaster, abuse …) stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

OFFICES = frozenset((
    "postmaster", "abuse", "hostmaster", "webmaster", "security", "noc", "root", "admin", "administrator", "sysadmin",
    "mailer-daemon", "mailerdaemon", "double-bounce", "noreply", "no-reply", "nobody", "anonymous", "info", "support",
    "dmarc", "tlsrpt", "tls-reports", "postfix", "dovecot", "opendkim", "vmail", "www-data", "usenet", "news", "uucp",
    "ftp", "git", "debian", "bind", "lists",
))  # fmt: skip
# What ends in one of these is a unit of systemd (getty@tty1.service) and nobody's address.
_UNITS = frozenset((
    "service", "socket", "timer", "target", "mount", "automount", "slice", "scope", "path", "device", "swap",
))  # fmt: skip
_LOCAL = r"[A-Za-z0-9_](?:[A-Za-z0-9._+=~-]{0,62}[A-Za-z0-9_+=~-])?"
_DOMAIN = r"(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
_ADDRESS = re.compile(rf"(?<![\w.+=~-])({_LOCAL})@({_DOMAIN})")
_TOKEN = re.compile(r"\bu[0-9a-f]{7}(?=@)")


class People:
    """Those whose names this run has seen. known: addresses and names that the inventory itself gives, which stay."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = frozenset(address.lower() for address in known)
        self._tokens: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def hidden(self, octets: bytes) -> bytes:
        """The same with tokens for people; each octet that stays is as it was."""
        if b"@" not in octets:
            return octets
        lines = octets.decode("latin-1").split("\n")  # to look for addresses takes long, and few lines have any
        return "\n".join(_ADDRESS.sub(self._hide, line) if "@" in line else line for line in lines).encode("latin-1")

    def _hide(self, match: re.Match[str]) -> str:
        name, domain = match[1].lower(), match[2]
        if (
            name in OFFICES
            or name in self._known
            or name.startswith("mailassay")
            or re.fullmatch(r"u[0-9a-f]{7}", name)
        ):
            return match[0]
        if _UNITS & set(domain.lower().split(".")) or match[0].lower() in self._known:
            return match[0]
        return f"{self._token(name, match[1])}@{domain}"

    def _token(self, name: str, written: str) -> str:
        if name not in self._tokens:
            token = token_of(name)
            while token in self._names:  # somebody else's: two of a few thousand may share one
                token = token_of(token + name)
            self._tokens[name] = token
            self._names[token] = written
        return self._tokens[name]

    def revealed(self, text: str) -> str:
        """A command that was made from an answer, as the host has to be asked: with the names that it knows itself."""
        return _TOKEN.sub(lambda match: self._names.get(match[0], match[0]), text)


def token_of(name: str) -> str:
    """As token.awk makes it, so that it is the same person's in the log."""
    number = 7
    for octet in name.lower().encode("utf-8", "surrogateescape"):
        number = (number * 131 + octet) % 268435399
    return f"u{number:07x}"
