"""The logins that a table of sender addresses names (postconf(5), smtpd_sender_login_maps), held against the accounts.

Both are read and compared on the host: it tells numbers and domains, and no name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.postmap import LISTABLE

# A table that `postmap -s` writes out; a texthash is a text itself.
_LISTED = re.compile(rf"(?:{'|'.join(LISTABLE)}):/\S{{1,250}}")
# Accounts first (name:password:…), a line that ends them, then address and logins of each entry.
_COMPARE = (
    "LC_ALL=C awk -F '\\t' '/^== entries$/ {table = 1; next} "
    '!table {split($0, f, ":"); if ($0 !~ /^#/ && f[1] != "") {known[tolower(f[1])] = 1; accounts++}; next} '
    "NF > 1 {if (tolower($1) in done) next; done[tolower($1)] = 1; all++; "
    "n = split(tolower($2), l, /[ ,]+/); good = 0; "
    "for (i = 1; i <= n; i++) if (l[i] in known) good = 1; "
    'if (!good && tolower($1) in known) {bad++; if ($1 !~ /@/) next; sub(/.*@/, "", $1); '
    'if (!($1 in seen)) {seen[$1] = 1; named = named " " $1}}} '
    'END {if (all && accounts) printf "%d %d%s\\n", all, bad, substr(named, 1, 300)}\''
)


@dataclass(frozen=True)
class Lost:
    """Of all entries, those of accounts' own addresses that no account may use; domains: of these."""

    all: int
    lost: int
    domains: tuple[str, ...]


def listed(tables: Iterable[str]) -> tuple[str, ...]:
    """Of these tables, those that the host can write out."""
    return tuple(table for table in tables if _LISTED.fullmatch(table))


def query(accounts: Iterable[str], tables: Iterable[str]) -> str:
    """The command that compares the tables with these files of accounts."""
    texts = []
    for table in tables:
        path = table.partition(":")[2]
        as_text = f"sed -n '/^[^#[:space:]]/s/[[:space:]]\\{{1,\\}}/\\t/p' {shlex.quote(path)}"
        texts.append(as_text if table.startswith("texthash:") else f"postmap -s {shlex.quote(table)}")
    script = f"{{ cat {shlex.join(accounts)}; echo '== entries'; {'; '.join(texts)}; }} | {_COMPARE}"
    return f"sudo sh -c {shlex.quote(script)}"


def lost(text: str) -> Lost | None:
    """What the command showed; None for anything else."""
    words = text.split()
    if len(words) < 2 or not (words[0].isdecimal() and words[1].isdecimal()):
        return None
    return Lost(int(words[0]), int(words[1]), tuple(words[2:12]))
