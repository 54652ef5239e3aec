"""The lookup tables that a Postfix configuration names, and the files behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.postfix import Postfix
from checks.evidence.postfix_macro import words

# DATABASE_README: types kept in a file that postmap makes from a source, with what is added to its name.
_MADE = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb", "dbm": ".pag", "sdbm": ".pag"}
_ASKED = {*_MADE, "texthash", "regexp", "pcre", "cidr", "mysql", "pgsql", "ldap", "sqlite", "mongodb", "socketmap",
          "unionmap", "pipemap"}  # fmt: skip
# Parameters that name tables nobody looks up: caches that Postfix makes itself, and lists made of others.
_NOT_ASKED = re.compile(r"\w*_cache(_map|_database)?|\w*_session_cache_database|proxy_(read|write)_maps|"
                        r"alias_database|address_verify_map|\w*_cache_\w+|import_environment|virtual_maps")  # fmt: skip
_LOCAL_ONLY = ("alias_maps", "local_recipient_maps", "mailbox_command_maps", "mailbox_transport_maps")


@dataclass(frozen=True)
class Table:
    """A table as written, ``type:name``, and the parameters that name it."""

    written: str
    named_by: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.written.removeprefix("proxy:").partition(":")[0]

    @property
    def source(self) -> str:
        """The file it is made from, or empty for a type that is not made from one."""
        name = self.written.removeprefix("proxy:").partition(":")[2]
        return name if self.type in _MADE and name.startswith("/") else ""

    @property
    def made(self) -> str:
        """The file that postmap or newaliases makes from the source."""
        return f"{self.source}{_MADE[self.type]}" if self.source else ""


def tables(postfix: Postfix) -> tuple[Table, ...]:
    """Every table that some program looks something up in."""
    named: dict[str, list[str]] = {}
    for name, value in _values(postfix):
        if ":" not in value:
            continue  # as are nearly all of a thousand: a table is written type:name
        if _NOT_ASKED.fullmatch(name) or (name in _LOCAL_ONLY and not postfix["mydestination"]):
            continue
        for word in words(value):
            written = _without_options(word.lstrip("!"))
            kind, colon, where = written.removeprefix("proxy:").partition(":")
            if colon and kind in _ASKED and not where.startswith("{") and "$" not in where and not where.endswith("/"):
                named.setdefault(written, []).append(name)
    return tuple(Table(written, tuple(dict.fromkeys(names))) for written, names in sorted(named.items()))


def _without_options(word: str) -> str:
    """``{type:name, option = value}`` is read as its table."""
    return word[1:-1].split(",")[0].strip() if word.startswith("{") else word


def _values(postfix: Postfix) -> Iterator[tuple[str, str]]:
    yield from postfix.parameters.items()
    for service in postfix.services:
        yield from ((name, postfix.of(service, name)) for name in service.overrides)
