"""The domains that mail servers' own lists name: Postfix's tables, Exim's domain lists, Dovecot's files of users.

Tables of domains often hold people's addresses beside them: on the host only names without an ``@`` are let through.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from checks.evidence.exim import items
from checks.evidence.opensmtpd import Opensmtpd
from checks.evidence.postfix import Postfix

MOST = 5000
# The parameters by which Postfix takes mail for a domain, the nearest to a mailbox first.
POSTFIX = ("virtual_mailbox_domains", "virtual_alias_domains", "mydestination", "relay_domains")
EXIM = ("local_domains", "relay_to_domains")

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_OWN_FILES = ("lsearch", "wildlsearch", "nwildlsearch", "iplsearch", "partial-lsearch")


def domain(text: str) -> str:
    """The name in lower case, if it can be that of a mail domain, of a-z, 0-9, - _ and dots alone; else empty."""
    name = text.strip().strip("\"'").removesuffix(".").lower()
    return name if _DOMAIN.fullmatch(name) and not name.endswith((".localdomain", ".local")) else ""


def domains(text: str) -> tuple[str, ...]:
    """The domains among the lines of a command's output."""
    return tuple(dict.fromkeys(name for line in text.splitlines() if (name := domain(line))))


def _names_only(command: str) -> str:
    return f"sudo sh -c {shlex.quote(f'{command} 2>/dev/null | grep -v @ | head -n {MOST}; true')}"


def of_table(table: str, instance: str = "") -> str:
    """The command that lists the domains of a table of Postfix; what cannot be listed (LDAP, SQL) gives nothing."""
    config = f"-c {shlex.quote(instance)} " if instance else ""
    return _names_only(f"postmap {config}-s {shlex.quote(table)} | cut -f1")


def of_file(path: str) -> str:
    """The command that lists the first words of a file's lines."""
    return _names_only(f"sed -E 's/[#].*//; s/[[:space:]:].*//' {shlex.quote(path)}")


def of_folder(path: str) -> str:
    """The command that lists the names in a folder (dsearch, a mail store by domain)."""
    return _names_only(f"ls -1 {shlex.quote(path)}")


def of_users(path: str) -> str:
    """The command that lists the domains of a file of users, and none of the users."""
    return _names_only(f"sed -nE 's/^[^:@#]+@([^:@]+):.*/\\1/p' {shlex.quote(path)} | sort -u")


def of_postfix(postfix: Postfix, parameter: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What a parameter names: domains, tables, files of domains. Exclusions (``!``) are left out."""
    words = [word for word in postfix.words(parameter) if not word.startswith("!")]
    named = tuple(name for word in words if ":" not in word and "/" not in word and (name := domain(word)))
    tables = tuple(word for word in words if ":" in word)
    return named, tables, tuple(word for word in words if word.startswith("/"))


def own_names(postfix: Postfix) -> frozenset[str]:
    """Names of the host itself, which are no mail domains."""
    host, parent = (postfix[name].lower() for name in ("myhostname", "mydomain"))
    return frozenset((host, "localhost", f"localhost.{parent}", f"localhost.{host}"))


def of_exim(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What ``exim -bP +LIST`` names: domains, and the commands that list those kept elsewhere."""
    listed = items(text.partition("=")[2])
    named = tuple(name for item in listed if ";" not in item and (name := domain(item)))
    return named, tuple(command for item in listed if (command := _exim_lookup(item)))


def _exim_lookup(item: str) -> str:
    kind, semicolon, where = (part.strip() for part in item.partition(";"))
    if not semicolon:
        return of_file(item) if item.startswith("/") else ""
    if kind.partition(",")[0] == "dsearch":
        return of_folder(where)
    return of_file(where) if kind.partition(",")[0] in _OWN_FILES else ""


def of_opensmtpd(conf: Opensmtpd, members: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """The domains whose mail strangers may send to it. members: of each table that a rule names."""
    tables = dict(members)
    found: list[str] = []
    for rule in conf.rules:
        if rule.action and any(each.what == "from any" for each in rule.criteria):
            values = [v for each in rule.criteria if each.what == "for domain" for v in each.values]
            found += [m for value in values for m in tables.get(value.strip("<>"), (value,))]
    return tuple(dict.fromkeys(name for each in found if (name := domain(each))))
