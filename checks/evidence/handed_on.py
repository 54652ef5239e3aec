"""Mailboxes that an MX takes mail for, and users that a mailbox host knows: compared by tokens made on each host."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.evidence.awk import program
from checks.evidence.doveconf import Dovecot
from checks.evidence.postfix import Postfix
from checks.evidence.postmap import LISTABLE, postmap

MOST_TAKEN = 5_000  # mailboxes of an MX that are compared
MOST_USERS = 30_000
_AWK = program("token", "mailboxes")
# Tokens of one domain share a line.
_JOIN = (
    '$1 != d || n == 12 { printf "%s%s", (NR > 1 ? "\\n" : ""), $1; d = $1; n = 0 } '
    '{ printf " %s", $2; n++ } END { print "" }'
)
# The names in a passwd-file, or in a list of names alone.
_NAMES = '$0 == ":X" { print "X" } /^[^#:]/ { print "U\\t" $1 }'
# The exit status by which doveadm says that there is no such user.
_NO_USER = "67"


@dataclass(frozen=True)
class Known:
    """Mailboxes by domain and token. number: how many there are; domains beside those asked for count as well."""

    names: frozenset[tuple[str, str]]
    number: int


@dataclass(frozen=True)
class Taken:
    """An address that mail is taken for, and the user that Dovecot looks up for it."""

    address: str
    user: str


def tables(postfix: Postfix, parameter: str) -> tuple[str, ...]:
    """The tables of a parameter that can be read out."""
    named = (word.removeprefix("proxy:") for word in postfix.words(parameter))
    return tuple(dict.fromkeys(word for word in named if word.partition(":")[0] in LISTABLE and ":" in word))


def taken(
    postfix: Postfix, maps: Iterable[str], ways: Mapping[str, str], delimiters: str, wanted: Iterable[str] = ()
) -> str:
    """The command that lists them on an MX. ways: each domain's transport; wanted: see mailboxes.awk."""
    run = postmap(postfix.instance)
    listed = "; ".join(f"{{ {run} -s {shlex.quote(table)} || echo X; }}" for table in maps)
    keys = f"keys=$({{ {listed}; }} | cut -f 1 | grep -e '.@' -e '^X$' | head -n {MOST_TAKEN})"
    rows = [_domains(ways), "printf '%s\\n' \"$keys\" | sed '/^X$/!s/^/K\\t/'"]
    asked = f"{{ printf '%s\\n' \"$keys\"; printf '@%s\\n' {shlex.join(ways)}; }}"
    for kind, names in (("C", ("canonical_maps", "recipient_canonical_maps")), ("A", ("virtual_alias_maps",)),
                        ("T", ("transport_maps",))):  # fmt: skip
        found = dict.fromkeys(word for name in names for word in postfix.words(name) if ":" in word)
        rows += [f"{asked} | {run} -q - {shlex.quote(table)} | sed 's/^/{kind}\\t/'" for table in found]
    variables = {"delimiters": delimiters, "wanted": " ".join(wanted)}
    return _as_root(f"{keys}; {'; '.join(rows)}", variables)


def _domains(ways: Mapping[str, str]) -> str:
    return f"printf 'D\\t%s\\t%s\\n' {shlex.join(word for pair in ways.items() for word in pair)}"


def _as_root(rows: str, variables: Mapping[str, str]) -> str:
    """What mailboxes.awk says of these rows."""
    given = " ".join(f"-v {name}={shlex.quote(value)}" for name, value in variables.items())
    told = f"{{ {rows}; }} 2>/dev/null | LC_ALL=C awk {given} {shlex.quote(_AWK)} | LC_ALL=C sort -u"
    joined = told if variables.get("wanted") else f"{told} | awk {shlex.quote(_JOIN)}"
    return f"sudo sh -c {shlex.quote(joined)}"


def users(dovecot: Dovecot, ways: Mapping[str, str]) -> str:
    """The command that lists those whom Dovecot delivers to; empty where it cannot list them."""
    listed = _user_list(dovecot)
    if not listed:
        return ""
    rows = f"{{ {listed} || echo :X; }} | head -n {MOST_USERS} | awk -F: {shlex.quote(_NAMES)}"
    # In a file a and A are two; what a database takes them for is not known.
    names = {"fold": "" if listed.startswith("cat ") else "1"}
    return _as_root(f"{_domains(ways)}; {rows}", names)


def _user_list(dovecot: Dovecot) -> str:
    """A static userdb takes those whom a passdb knows; others are asked."""
    blocks = dovecot.top.all("userdb")
    drivers = [block.get("driver") or block.get("userdb_driver") or block.name for block in blocks]
    drivers = [driver for driver in drivers if driver != "prefetch"]
    if not drivers:
        return ""
    passdbs = [each for each in dovecot.passdbs if not each.master]
    if "static" not in drivers:
        return "timeout 15 doveadm user '*'"
    paths = [each.path for each in dovecot.password_files if not each.master]
    if takes_everybody(dovecot) or set(drivers) != {"static"} or not paths or len(paths) < len(passdbs):
        return ""
    return f"cat {shlex.join(paths)}"


def takes_everybody(dovecot: Dovecot) -> bool:
    """A static userdb is told to ask nobody whether a user exists."""
    names = ("static_allow_all_users", "userdb_static_allow_all_users", "allow_all_users")
    blocks = [block for block in dovecot.top.all("userdb") if "static" in (block.name, block.get("driver"))]
    said = [block.get(name) for block in blocks for name in names]
    said += [dovecot.get("userdb_static_allow_all_users")] * bool(blocks)
    return "yes" in said or any("allow_all_users=yes" in block.get("args").split() for block in blocks)


def known(text: str) -> Known | None:
    """From the output of either command; None where a list could not be read out to its end."""
    rows = [line.split() for line in text.splitlines()]
    number = next((row[1] for row in rows if len(row) == 2 and row[0] == "~"), "")
    if not number.isdecimal():
        return None
    names = frozenset((row[0], token) for row in rows if row and row[0] != "~" for token in row[1:])
    return Known(names, int(number))


def unknown(there: Known, here: Known) -> tuple[tuple[str, str], ...]:
    """Those taken there whom nobody is here, neither with the domain nor by the name alone."""
    return tuple(sorted(
        (domain, token) for domain, token in there.names if not here.names & {(domain, token), ("-", token)}
    ))  # fmt: skip


def addresses(text: str) -> tuple[Taken, ...]:
    """From the output of the command that was asked for some of them."""
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(Taken(row[0], row[1]) for row in rows if len(row) == 2)


def look_up(dovecot: Dovecot, names: Iterable[str]) -> str:
    """The command that asks Dovecot for each of these users as its LMTP server does."""
    service = "protocol=lmtp" if dovecot.version >= (2, 4) else "service=lmtp"
    asked = f'timeout 5 doveadm user -x {service} "$u" >/dev/null 2>&1; echo $?'
    return f"sudo sh -c {shlex.quote(f'for u in {shlex.join(names)}; do {asked}; done')}"


def missing(text: str) -> tuple[bool | None, ...]:
    """For each user asked for whether there is none; None where Dovecot could not say."""
    states = {_NO_USER: True, "0": False}
    return tuple(states.get(line.strip()) for line in text.splitlines())


def delimiters(dovecot: Dovecot) -> str:
    """The characters after which Dovecot's LMTP server takes what follows for an extension."""
    for block in (*(b for b in dovecot.top.all("protocol") if "lmtp" in b.name.split()), dovecot.top):
        if "recipient_delimiter" in block.settings:
            return block.get("recipient_delimiter").strip('"')
    return "+"
