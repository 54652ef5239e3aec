"""How the evaluators of mail records ask the DNS: a callable that the caller gives, and the answer it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One answer of the DNS. Absent is known (``void``); a timeout is not (``known`` is false).

    rcode: ``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``, ``REFUSED`` … or ``timeout``.
    records: those of the type asked for, CNAMEs followed, in presentation format; a TXT record is its strings
        joined without anything between them, each octet the character of the same number (Latin-1).
    authenticated: all of it was validated by DNSSEC.
    """

    rcode: str
    records: tuple[str, ...] = ()
    authenticated: bool = False

    @property
    def known(self) -> bool:
        """The DNS answered: with records, or that there are none."""
        return self.rcode in ("NOERROR", "NXDOMAIN")

    @property
    def void(self) -> bool:
        """The DNS answered that there is no such record."""
        return self.known and not self.records


# (name, type of record) -> answer. Names come in lower case, without the last dot, and may hold any printable
# ASCII character (an SPF macro can expand to one): whoever asks the DNS escapes them.
Lookup = Callable[[str, str], Answer]

# Told which questions come next, so that a caller who gathers answers can ask all of them at once.
Foresee = Callable[[Iterable[tuple[str, str]]], object]


def at_once(questions: Iterable[tuple[str, str]]) -> None:
    """The Foresee of a caller who answers each question when it is put."""


def canonical(name: str) -> str:
    """A domain name as this project compares it: lower case, no last dot."""
    return name.strip().lower().removesuffix(".")


# What machines call themselves where nobody gave them a name: RFC 2606, RFC 6762 §3 and appendix G.
_NOBODYS = frozenset({"localhost", "localdomain", "invalid", "local", "lan", "internal", "home"})


def of_the_world(name: str) -> bool:
    """Whether it is a full name under a top-level domain that the public DNS may have."""
    bare = name.rstrip(".").lower()
    return "." in bare and bare.rpartition(".")[2] not in _NOBODYS


def queryable(name: str) -> bool:
    """Can the DNS be asked for this name? RFC 1035 §2.3.4: labels of 1 to 63 octets, 253 characters in all."""
    printable = all(" " <= c <= "~" for c in name)
    return printable and 0 < len(name) <= 253 and all(0 < len(label) <= 63 for label in name.split("."))


def is_under(name: str, parent: str) -> bool:
    """Is this name the parent itself or a name below it?"""
    return canonical(name) == canonical(parent) or canonical(name).endswith("." + canonical(parent))
