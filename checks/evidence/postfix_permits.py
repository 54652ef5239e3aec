"""What access tables answer to whoever claims to be somebody: senders and HELO names, listed and not only looked up.

Of a table only its right-hand sides are brought from the host, each with its first key; of an address just the domain.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.evidence.postfix_relay import Passed, Smtpd
from checks.evidence.postfix_restrictions import Attempt, Find
from checks.evidence.postmap import postmap

_CLAIMED = ("check_sender_access", "check_helo_access")
_LISTED = ("hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash", "inline")
_PATTERNS = ("regexp", "pcre")
_MOST_ROWS, _MOST_VALUES, _SECONDS = 500_000, 20, 20
# Answers that let nobody pass are left out; each other one is told once, with its first key.
_TOLD = r"""function told(key, value, what) {
  what = tolower(value); sub(/[ \t].*/, "", what)
  if (what ~ /^(reject|defer|defer_if_permit|defer_if_reject|dunno|discard|[45][0-9][0-9])$/ || what == "") return
  if (what ~ /^(hold|info|warn|filter|prepend|redirect|bcc)$/) return
  if (value in seen || number >= most) return
  seen[value]; number++
  if (!sub(/^.*@/, "@", key) && of_people && key ~ /^!?\//) key = "/.../"
  print substr(key, 1, 100) "\t" substr(value, 1, 200)
}"""
_ROWS = (
    _TOLD
    + r"""
{ at = index($0, "\t"); if (at) told(substr($0, 1, at - 1), substr($0, at + 1)) }
END { exit !NR }"""
)
# The text of a table: lines that begin with blanks continue the one before; nobody gets beyond a pattern of everything.
_TEXT = (
    _TOLD
    + r"""
function entry(key, value) {
  if (line ~ /^if[ \t!\/]/) depth++
  else if (line ~ /^endif/) depth--
  else if (!over && match(line, patterns ? "^!?/([^/\\\\]|\\\\.)*/[A-Za-z]*" : "^[^ \t]+")) {
    key = substr(line, 1, RLENGTH); value = substr(line, RLENGTH + 1)
    sub(/^[ \t]+/, "", value); sub(/[ \t\r]+$/, "", value); told(key, value)
    over = patterns && !depth && key ~ /^\/\^?(\.[*+]?)?\$?\/[A-Za-z]*$/
  }
}
/^[ \t]*(#|$)/ { next }
/^[ \t]/ { line = line $0; next }
{ entry(); line = $0 }
END { entry() }"""
)


@dataclass(frozen=True)
class Claim:
    """An entry of a table: whoever claims to be key gets this answer."""

    table: str
    key: str
    answer: str


def claimed_tables(smtpd: Smtpd, stranger: Attempt, find: Find) -> tuple[tuple[str, str], ...]:
    """Restrictions, with their tables, whose OK alone would let a stranger send anywhere."""
    found = dict.fromkeys((step.name, step.table) for step in smtpd.every_step if step.name in _CLAIMED and step.table)
    listable = ((name, table) for name, table in found if query(name, table))
    return tuple(
        (name, table) for name, table in listable
        if _passes(smtpd, stranger, name, Claim(table, "somebody", "OK"), find)
    )  # fmt: skip


def opened(
    smtpd: Smtpd, stranger: Attempt, restriction: str, claims: tuple[Claim, ...], find: Find
) -> Iterator[Passed]:
    """For each of these entries that lets a stranger send anywhere, how."""
    for claim in claims:
        if passed := _passes(smtpd, stranger, restriction, claim, find):
            yield passed


def _passes(smtpd: Smtpd, stranger: Attempt, restriction: str, claim: Claim, find: Find) -> Passed | None:
    if restriction == "check_helo_access":
        attempt = replace(stranger, said=f"anybody who says HELO {claim.key}", helo=(claim.key,))
    else:
        attempt = replace(stranger, said=f"anybody who claims to be {_whose(claim.key)}", sender=(claim.key,))
    passed = smtpd.passes(
        attempt, lambda table, key: claim.answer if (table, key) == (claim.table, claim.key) else find(table, key)
    )
    return passed if passed and claim.table in passed.step else None


def _whose(key: str) -> str:
    return key if key.startswith(("/", "!")) else f"of {key.lstrip('@') or 'an address listed there'}"


def query(restriction: str, table: str, instance: str = "") -> str:
    """The command that lists what a table answers; empty for one that cannot be listed."""
    kind, _, name = table.removeprefix("proxy:").partition(":")
    given = f"-v most={_MOST_VALUES} -v of_people={int(restriction == 'check_sender_access')}"
    text = f"head -n {_MOST_ROWS} {shlex.quote(name)} | LC_ALL=C awk {given} -v patterns={int(kind in _PATTERNS)}"
    script = f"{text} {shlex.quote(_TEXT)}"
    if kind in _LISTED:
        listed = f"timeout {_SECONDS} {postmap(instance)} -s {shlex.quote(f'{kind}:{name}')} 2>/dev/null"
        rows = f"{listed} | head -n {_MOST_ROWS} | LC_ALL=C awk {given} {shlex.quote(_ROWS)}"
        # Of a type that cannot be listed, or has lost its index, the text that it is made of.
        script = f"{rows} || {script}" if name.startswith("/") else rows
    elif kind not in _PATTERNS or not name.startswith("/"):
        return ""
    return f"sudo sh -c {shlex.quote(script)}"


def claims(table: str, text: str) -> tuple[Claim, ...]:
    """What the command told."""
    rows = (line.partition("\t") for line in text.splitlines())
    return tuple(Claim(table, key, value.strip()) for key, tab, value in rows if tab and value.strip())
