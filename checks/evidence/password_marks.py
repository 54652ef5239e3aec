"""Whether two hosts hold the same stored password of an account: compared by marks that are made on each host.

A mark is a sum of 28 bits over a salted hash: it tells that two are the same text, and nothing of the password. What is
stored readable or without a salt gets none, since a guess could be tried against its mark.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.evidence.awk import program

_MOST = 20_000  # accounts of a host
_LINE = re.compile(r"(u[0-9a-f]{7}(?:@\S{1,253})?) (u[0-9a-f]{7})")
# crypt(5): $ID$SALT$HASH, with or without parameters; Dovecot writes {SCHEME} before it.
_MARK = (
    "/^[^#:]/ && $2 ~ /^([{][A-Za-z0-9.-]+[}])?[$][0-9a-z-]+[$][^$]+/ && $2 !~ /^[{](PLAIN|CLEAR|plain|clear)/ "
    '{ n = tolower($1); at = index(n, "@"); '
    'print (at ? token(substr(n, 1, at - 1)) substr(n, at) : token(n)) " " token($2) }'
)


@dataclass(frozen=True)
class Differing:
    """common: accounts that both hosts hold; different: of these, by token, those with another password on each."""

    common: int
    different: tuple[str, ...]

    @property
    def meant_alike(self) -> bool:
        """Whether one file was made from the other: most passwords are the same text, salt included."""
        return 2 * len(self.different) < self.common


def query(paths: Iterable[str]) -> str:
    """The command that makes the marks of the accounts in these passwd-files of Dovecot."""
    marking = shlex.quote("\n".join((program("token"), _MARK)))
    made = f"cat {shlex.join(paths)} | LC_ALL=C awk -F: {marking} | head -n {_MOST}"
    return f"sudo sh -c {shlex.quote(made)}"


def marks(text: str) -> Mapping[str, str]:
    """By account (its name as a token), the mark of its password; lines of another shape are passed over."""
    return {row[1]: row[2] for line in text.splitlines() if (row := _LINE.fullmatch(line))}


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> Differing:
    """The accounts of both, compared."""
    common = one.keys() & other.keys()
    return Differing(len(common), tuple(sorted(name for name in common if one[name] != other[name])))
