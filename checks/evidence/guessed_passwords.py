"""Passwords that the first guess opens: tried on the host against its own hashes, and no hash ever leaves it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from checks.evidence.awk import program

_SECONDS = 4  # of the processor; twice that by the clock
_TOKENS = (
    '$1 == "hit" { at = index($2, "@"); $2 = at ? token(substr($2, 1, at - 1)) substr($2, at) : token($2) } { print }'
)
_HIT = re.compile(r"hit\t(u[0-9a-f]{7}(?:@\S{0,299})?)\t(name|reversed|domain|word)\t(\d{1,9})\t(/.{1,1024})")
_END = re.compile(r"end\t(\d{1,9})\t(\d{1,9})\t(\d{1,9})\t(\d{1,9})")
_KINDS = {
    "name": "its own name",
    "reversed": "its own name backwards",
    "domain": "the name of its domain",
    "word": "a word that everybody tries",
}


@dataclass(frozen=True)
class Guessed:
    """accounts: whose hash can be tried; named: with their own name, full: with every guess; other: that cannot be.

    hits: account (its name as a token), where it stands, and what its password is.
    """

    accounts: int
    named: int
    full: int
    other: int
    hits: tuple[str, ...]

    @property
    def tried(self) -> str:
        """How far the guesses got."""
        return (
            f"accounts: {self.accounts}; {self.named} tried with their own name, {self.full} with every guess; "
            f"{self.other} more whose hash crypt(3) does not know, or that takes long"
        )


def query(files: Iterable[tuple[str, str]], seconds: int = _SECONDS) -> str:
    """The command that tries them. files: for each its path and the scheme of passwords that name none."""
    text = Path(__file__).with_name("guesses.pl").read_text("utf-8")
    trying = shlex.quote("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    arguments = shlex.join([word for path, scheme in files for word in (scheme or "CRYPT", path)])
    hiding = shlex.quote("\n".join((program("token"), _TOKENS)))
    made = (
        "command -v perl >/dev/null || exit 127; "
        f"ulimit -t {3 * seconds}; LC_ALL=C perl -e {trying} {seconds} {arguments} 2>/dev/null | "
        f"LC_ALL=C awk -F '\\t' -v 'OFS=\\t' {hiding}"
    )
    return f"sudo sh -c {shlex.quote(made)}"


def guessed(text: str) -> Guessed | None:
    """What the command tells; None where it did not come to its end."""
    lines = text.splitlines()
    end = _END.fullmatch(lines[-1]) if lines else None
    if end is None:
        return None
    hits = tuple(
        f"{row[4]} line {row[3]} ({row[1]}): {_KINDS[row[2]]}" for line in lines if (row := _HIT.fullmatch(line))
    )
    accounts, named, full, other = (int(end[n]) for n in range(1, 5))
    return Guessed(accounts, named, full, other, hits)
