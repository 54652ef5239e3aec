"""Where Postfix's virtual aliases and canonical maps lead: followed on the host, and no list of people is carried."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.awk import program
from checks.evidence.postfix import Postfix
from checks.evidence.postmap import postmap

_AWK = program("virtual")
_MOST_LINES = 300_000  # of one table
_MOST_KEYS = 2_000  # mailboxes whose rewriting is asked
_MOST_TOLD = 20
# Lists of domains, and the tables that hold all their mailboxes.
_MAILBOXES = (("virtual_mailbox_domains", "virtual_mailbox_maps"), ("relay_domains", "relay_recipient_maps"))
_CANONICAL = ("canonical_maps", "recipient_canonical_maps")


@dataclass(frozen=True)
class Ends:
    """What was found. kind: loop, lost (no such mailbox), hidden (by a catch-all), moved (rewritten to no mailbox).

    rows: kind, the alias or domain, and the address it leads to or the number of mailboxes. aliases, boxes: how many
    were followed.
    """

    rows: tuple[tuple[str, str, str], ...]
    aliases: int
    boxes: int

    def of(self, *kinds: str) -> tuple[tuple[str, str, str], ...]:
        """The rows of these kinds."""
        return tuple(row for row in self.rows if row[0] in kinds)


def command(postfix: Postfix) -> str:
    """The command that follows them; empty where there is nothing to follow."""
    aliases = _tables(postfix, "virtual_alias_maps")
    boxes = _tables(postfix, *(maps for _, maps in _MAILBOXES))
    canonical = _tables(postfix, *_CANONICAL)
    if not (aliases or (boxes and canonical)):
        return ""
    own = [word for domains, maps in _MAILBOXES if postfix.words(maps) for word in postfix.words(domains)]
    domains = [word.lower() for word in own if ":" not in word and "/" not in word]
    read = [f"printf 'D\\t%s\\n' {shlex.join(domains)}"] if domains else []
    read += [_dump("A", table, postfix.instance) for table in aliases]
    read += [_dump("M", table, postfix.instance) for table in boxes]
    read += [_rewritten(table, boxes, domains, postfix.instance) for table in canonical]
    names = f"-v delimiter={shlex.quote(postfix['recipient_delimiter'])} -v origin={shlex.quote(postfix['myorigin'])}"
    script = f"{{ {'; '.join(read)}; }} 2>/dev/null | LC_ALL=C awk {names} {shlex.quote(_AWK)} | tail -n {_MOST_TOLD}"
    return f"sudo sh -c {shlex.quote(script)}"


def _tables(postfix: Postfix, *names: str) -> list[str]:
    return list(dict.fromkeys(word for name in names for word in postfix.words(name) if ":" in word))


def _dump(mark: str, table: str, instance: str) -> str:
    """Every entry of a table, or X where its kind cannot be read out (LDAP, SQL, regular expressions)."""
    read = f"{{ {postmap(instance)} -s {shlex.quote(table)} || echo X; }}"
    return f"{read} | head -n {_MOST_LINES} | sed '/^X$/!s/^/{mark}\\t/'"


def _rewritten(table: str, boxes: Iterable[str], domains: Iterable[str], instance: str) -> str:
    """What a canonical map says of each mailbox and of each domain."""
    listed = "; ".join(f"{postmap(instance)} -s {shlex.quote(box)} | cut -f 1 | head -n {_MOST_KEYS}" for box in boxes)
    whole = f"printf '@%s\\n' {shlex.join(domains)}; " if domains else ""
    return f"{{ {whole}{listed}; }} | {postmap(instance)} -q - {shlex.quote(table)} | sed 's/^/C\\t/'"


def ends(text: str) -> Ends | None:
    """From the command's output; None where it did not come to its end."""
    rows = [tuple(line.split("\t")) for line in text.splitlines()]
    known = next((row for row in rows if len(row) == 3 and row[0] == "known" and row[1].isdecimal()), None)
    if known is None or not known[2].isdecimal():
        return None
    told = tuple((row[0], row[1], row[2] if len(row) > 2 else "") for row in rows if row[0] != "known" and len(row) > 1)
    return Ends(told, int(known[1]), int(known[2]))
