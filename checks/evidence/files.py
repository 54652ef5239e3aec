"""Files as `stat` shows them: mode, owner, time of change; many in one command, those that are missing left out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.evidence.command import Asking, Named, run

_FORMAT = "%a|%U|%G|%Y|%F|%n"


@dataclass(frozen=True)
class File:
    """One file. mode: permission bits; changed: seconds since 1970, by the host's clock; kind: in stat's words."""

    path: str
    mode: int
    owner: str
    group: str
    changed: int
    kind: str

    @property
    def for_all(self) -> bool:
        """Everybody on the host may read it."""
        return bool(self.mode & 0o004)

    def __str__(self) -> str:
        return f"{self.path} {self.mode:04o} {self.owner}:{self.group}"


def query(paths: Iterable[str]) -> str:
    """The command that shows these files; a symbolic link is followed."""
    return f"sudo stat -L -c '{_FORMAT}' {shlex.join(paths)}"


def files(text: str) -> dict[str, File]:
    """The files that the command showed, by path; lines of another shape are passed over."""
    found = {}
    for line in text.splitlines():
        fields = line.split("|", 5)
        if len(fields) == 6 and fields[3].isdecimal() and set(fields[0]) <= set("01234567") and fields[0]:
            found[fields[5]] = File(fields[5], int(fields[0], 8), fields[1], fields[2], int(fields[3]), fields[4])
    return found


def look(t: Asking, host: Named, paths: Iterable[str]) -> Mapping[str, File]:
    """The files of these paths that are there."""
    named = tuple(dict.fromkeys(paths))
    if not named:
        return {}
    (answer,) = run(t, host, query(named))
    return files(answer.text)
