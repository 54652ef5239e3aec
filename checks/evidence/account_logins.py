"""Who logged in from how many networks, and sent how much: counted on the host, so that no name leaves it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence import log_excerpt
from checks.evidence.awk import program
from checks.evidence.networks import Network

_COUNT = shlex.quote(program("token", "logins"))
_ACCOUNT = re.compile(r"account (\S+) networks (\d+) addresses (\d+) logins (\d+) last ([0-9A-Fa-f:.]+)")

_SENDER = re.compile(r"sender (\S+) messages (\d{1,9}) alike (\d{1,9})")


@dataclass(frozen=True)
class Usual:
    """What one account may do. hours: of the log that count; addresses, messages: in one hour; trusted: not counted."""

    hours: int
    networks: int
    addresses: int
    messages: int
    trusted: tuple[Network, ...] = ()


@dataclass(frozen=True)
class Account:
    """One that does more. token: for its name; addresses: in its busiest hour; last: where it logged in from last."""

    token: str
    networks: int
    addresses: int
    logins: int
    last: str

    def __str__(self) -> str:
        places = f"{self.networks} network{'s' * (self.networks != 1)}, from {self.addresses} addresses in one hour"
        return f"{self.token} logged in {self.logins} times from {places}, last from {self.last}"


@dataclass(frozen=True)
class Sender:
    """One that sends more. messages: in its fullest hour; alike: other accounts that sent a tenth of that or more."""

    token: str
    messages: int
    alike: int

    def __str__(self) -> str:
        others = f"{self.alike} other{'s' * (self.alike != 1)}" if self.alike else "nobody else"
        return f"{self.token} sent {self.messages} messages in an hour, and {others} a tenth of that"


def of_file(path: str, octets: int, usual: Usual) -> str:
    """The command that counts the logins at the end of a log."""
    return _counted(log_excerpt.end_of_file(path, octets), usual)


def of_journal(octets: int, usual: Usual) -> str:
    """The same of the journal's lines of facility mail."""
    return _counted(log_excerpt.end_of_journal(usual.hours, octets), usual)


def _counted(read: str, usual: Usual) -> str:
    given = {"networks": usual.networks, "addresses": usual.addresses, "messages": usual.messages,
             "trusted": " ".join(map(str, usual.trusted))}  # fmt: skip
    values = " ".join(f"-v {name}={shlex.quote(str(value))}" for name, value in given.items())
    recent = f'-v begin=$(date -d "-{usual.hours} hours" +%m%d%H) -v soon=$(date -d "+1 day" +%m%d%H)'
    script = f"{{ {read}; }} | tr -d '\\000' | LC_ALL=C awk {recent} {values} {_COUNT}"
    return f"sudo sh -c {shlex.quote(script)}"


def accounts(texts: Iterable[str]) -> tuple[tuple[Account, ...], int]:
    """Those that stand out, most networks first, and the number of all logins. Raises ValueError for half an answer."""
    found: list[Account] = []
    logins = 0
    for text in texts:
        lines = text.splitlines()
        if not lines or not (number := re.fullmatch(r"logins (\d{1,12})", lines[-1])):
            raise ValueError(f"the logins were not counted: {lines[-1][:80] if lines else 'nothing was said'}")
        logins += int(number[1])
        named = [each for line in lines[:-1] if (each := _ACCOUNT.fullmatch(line))]
        found += [Account(each[1], int(each[2]), int(each[3]), int(each[4]), each[5]) for each in named]
    return tuple(sorted(found, key=lambda each: (-each.networks, -each.addresses, each.token))), logins


def senders(texts: Iterable[str]) -> tuple[Sender, ...]:
    """Those that sent more than is usual, the busiest first; lines of another shape are passed over."""
    lines = (_SENDER.fullmatch(line) for text in texts for line in text.splitlines())
    found = (Sender(each[1], int(each[2]), int(each[3])) for each in lines if each)
    return tuple(sorted(found, key=lambda each: (-each.messages, each.token)))
