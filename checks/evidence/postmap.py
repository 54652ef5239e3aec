"""Postfix's lookup tables, asked as Postfix asks them: `postmap -q` for any kind of table, without reading it out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from checks.evidence.command import Asking, Named, run
from checks.evidence.postfix_restrictions import Find

# Types of tables that `postmap -s` writes out.
LISTABLE = ("hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash")


def postmap(instance: str) -> str:
    """The command as an instance of Postfix runs it; instance: its configuration directory, empty for the first."""
    return f"postmap -c {shlex.quote(instance)}" if instance else "postmap"


def query(table: str, keys: Iterable[str], instance: str = "") -> str:
    """The command that looks all these keys up in one table."""
    script = f"printf '%s\\n' {shlex.join(keys)} | {postmap(instance)} -q - {shlex.quote(table)}"
    return f"sudo sh -c {shlex.quote(script)}"


def entries(text: str) -> dict[str, str]:
    """What was found, by key: lines of key, a tab, and the value."""
    rows = (line.partition("\t") for line in text.splitlines())
    return {key: value for key, tab, value in rows if tab}


def look_up(t: Asking, host: Named, tables: Iterable[str], keys: Iterable[str], instance: str = "") -> Find:
    """A Find for these tables and keys. A table that cannot be opened has no entries: another check names it."""
    asked = tuple(dict.fromkeys(keys))
    named = tuple(dict.fromkeys(tables)) if asked else ()
    answers = run(t, host, *(query(table, asked, instance) for table in named))
    found = {table: entries(answer.text) for table, answer in zip(named, answers, strict=True)}
    return lambda table, key: found.get(table, {}).get(key)
