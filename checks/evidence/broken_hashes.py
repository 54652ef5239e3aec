"""Stored passwords whose hash is not whole: nobody can log in with them. No hash leaves its host."""

from __future__ import annotations

import re
import shlex

from checks.evidence.awk import program

_MOST = 200
_LINE = re.compile(r"(\d{1,9}) ([$A-Za-z0-9-]{1,40})")


def query(path: str) -> str:
    """The command that names the lines of a file of ``user:password:…`` whose hash is broken (crypt(5))."""
    looking = f"LC_ALL=C awk -F: {shlex.quote(program('hashes'))} {shlex.quote(path)} | head -n {_MOST}"
    return f"sudo sh -c {shlex.quote(f'[ -r {shlex.quote(path)} ] || exit 2; {looking}')}"


def broken(text: str) -> tuple[tuple[int, str], ...]:
    """The number of each such line, and the scheme that it claims; lines of another shape are passed over."""
    return tuple((int(row[1]), row[2]) for line in text.splitlines() if (row := _LINE.fullmatch(line)))
