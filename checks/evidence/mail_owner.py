"""Whom mail belongs to on a host with Dovecot, and which users' numbers it serves at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.counted import counted
from checks.evidence.doveconf import Dovecot

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
_NUMBER = re.compile(r"\d{1,10}")
# Dovecot's own, where the configuration does not say: first_valid_uid = 500.
_FIRST = 500


@dataclass(frozen=True)
class Limits:
    """first_valid_uid and last_valid_uid; a last one of 0 is none."""

    first: int
    last: int

    def __contains__(self, number: int) -> bool:
        return self.first <= number and (not self.last or number <= self.last)

    def __str__(self) -> str:
        return f"first_valid_uid = {self.first}, last_valid_uid = {self.last}"


def limits(dovecot: Dovecot) -> Limits:
    """The numbers that it serves."""
    first, last = dovecot.get("first_valid_uid"), dovecot.get("last_valid_uid")
    return Limits(counted(first) if _NUMBER.fullmatch(first) else _FIRST, counted(last))


def owners(dovecot: Dovecot) -> tuple[str, ...]:
    """The users, names or numbers, that virtual accounts' mail belongs to; none where system users are served."""
    return tuple(dict.fromkeys(name for name in _named(dovecot) if _NAME.fullmatch(name)))


def _named(dovecot: Dovecot) -> Iterator[str]:
    """2.3: mail_uid, and uid=… among the words of a userdb; 2.4: mail_uid, and a userdb's fields."""
    yield dovecot.get("mail_uid")
    for userdb in dovecot.top.all("userdb"):
        settings = (userdb.get("args"), userdb.get("default_fields"), userdb.get("override_fields"))
        for word in " ".join(settings).split():
            yield word.partition("=")[2] if word.startswith("uid=") else ""
        for fields in userdb.all("fields"):
            yield fields.get("uid")


def numbers(passwd: str) -> dict[str, int]:
    """By name, the numbers of users, from passwd(5); lines of another shape are passed over."""
    rows = (line.split(":") for line in passwd.splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) >= 4 and _NUMBER.fullmatch(row[2])}
