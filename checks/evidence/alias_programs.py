"""Programs that a host's alias files hand mail to: whether each is there, and who may change it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

# Of the files, nothing but the programs' paths leaves the host.
_LOOK = (
    "for f in {paths}; do grep -vE '^[[:space:]]*#' \"$f\" 2>/dev/null | "
    "grep -oE '[:,\"[:space:]][|][[:space:]]*\"?/[^[:space:]\",]+' | sed -E 's/^[^/]*//' | sort -u | head -n 50 | "
    'while read -r p; do if [ -e "$p" ]; then d=${{p%/*}}/; '
    'echo "$(stat -L -c "%a %U" "$p") $(stat -L -c %a "$d") $p"; else echo "missing $p"; fi; done; done; true'
)
_FOUND = re.compile(r"([0-7]{1,4}) (\S{1,64}) ([0-7]{1,4}) (/.{1,1000})")


@dataclass(frozen=True)
class AliasProgram:
    """One of them. trouble: what is wrong with it, empty if nothing is."""

    path: str
    trouble: str

    def __str__(self) -> str:
        return f"{self.path}: {self.trouble or 'there'}"


def query(paths: Iterable[str]) -> str:
    """The command that looks at the programs of these alias files."""
    return f"sudo sh -c {shlex.quote(_LOOK.format(paths=shlex.join(dict.fromkeys(paths))))}"


def programs(text: str) -> tuple[AliasProgram, ...]:
    """What it showed; lines of another shape are passed over."""
    found = []
    for line in text.splitlines():
        if line.startswith("missing /"):
            found.append(AliasProgram(line.removeprefix("missing "), "there is no such program"))
        elif match := _FOUND.fullmatch(line):
            found.append(AliasProgram(match[4], _trouble(int(match[1], 8), int(match[3], 8))))
    return tuple(dict.fromkeys(found))


def _trouble(mode: int, folder: int) -> str:
    if mode & 0o002:
        return f"everybody may write it (mode {mode:o})"
    if folder & 0o1002 == 0o002:
        return f"everybody may replace it (its folder has mode {folder:o})"
    return "" if mode & 0o111 else f"it cannot be run (mode {mode:o})"
