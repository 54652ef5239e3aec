"""Names of accounts in a passwd-file of Dovecot, counted on the host, and what logins make of a name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

# Counts only: no name leaves the host. A byte order mark (octal 357 273 277) belongs to the first name for Dovecot.
_COUNT = (
    "LC_ALL=C awk -F: '/^[^#]/ && NF > 1 {all++; if ($1 ~ /@/) full++; if ($1 ~ /[A-Z]/) capital++; "
    "if ($1 ~ /^\\357\\273\\277/ || $1 ~ /[[:space:]]/) odd++} END {print all+0, full+0, capital+0, odd+0}' "
)
# Dovecot 2.3: %u, %Lu, %n, %Ln, %{user}, %{username}; 2.4: %{user | lower}, %{user | username | lower}.
_CUTS = re.compile(r"%L?n(?![\w{])|%\{L?username\}|\busername\b")
_LOWERS = re.compile(r"%L[un]|%\{L?user(name)?\}|\blower\b")
_DOMAIN = re.compile(r"%L?d(?![\w{])|\bdomain\b")


@dataclass(frozen=True)
class Names:
    """How many there are in all, with a domain, with capital letters, and with what nobody types."""

    all: int
    full: int
    capital: int
    odd: int


def count(path: str) -> str:
    """The command that counts the names of a file."""
    return f"sudo sh -c {shlex.quote(_COUNT + shlex.quote(path))}"


def names(text: str) -> Names | None:
    """What it printed; None for anything else."""
    words = text.split()
    return Names(*map(int, words)) if len(words) == 4 and all(word.isdecimal() for word in words) else None


def lost(found: Names, login_format: str, file_format: str = "", characters: str = "") -> tuple[str, ...]:
    """Why names of the file are never found.

    The formats are what logins, and then the file, make of what was typed; characters: those that a name may hold.
    """
    both = f"{login_format} {file_format}"
    reasons = []
    if any(_CUTS.search(text) and not _DOMAIN.search(text) for text in (login_format, file_format)) and found.full:
        reasons.append(f"{found.full} of {found.all} have a domain, which {both.strip()} leaves off")
    if _LOWERS.search(login_format) and found.capital:
        reasons.append(f"{found.capital} of {found.all} hold capital letters, and {login_format} makes them small")
    if characters and "@" not in characters and found.full:
        reasons.append(f"{found.full} of {found.all} have a domain, and auth_username_chars has no @")
    if found.odd:
        reasons.append(f"{found.odd} of {found.all} hold a byte order mark or white space, which nobody types")
    return tuple(reasons)
