"""Files that were deleted and still take room, since a process holds them open: `df` counts them, `du` does not."""

from __future__ import annotations

from dataclasses import dataclass

# Those of 1 MiB and more, the largest first: octets that they take, process, its name, path.
QUERY = (
    'sudo sh -c \'find /proc/[0-9]*/fd -lname "/* (deleted)" -exec stat -L -c "%b %B %n" {} + 2>/dev/null | '
    'while read -r b s f; do n=$((b * s)); [ $n -ge 1048576 ] && echo "$n $f"; done | sort -rn | head -n 40 | '
    "while read -r n f; do p=${f#/proc/}; p=${p%%/*}; "
    'echo "$n $p $(tr " " _ </proc/$p/comm) $(readlink $f)"; done; true\' 2>/dev/null'
)
# These are memory, whatever their names look like.
_MEMORY = ("/memfd:", "/dev/", "/SYSV", "/proc/", "/[", "/anon_hugepage")


@dataclass(frozen=True)
class Deleted:
    """One such file. process: its name and number."""

    octets: int
    process: str
    path: str

    def __str__(self) -> str:
        return f"{self.path} ({self.octets >> 20} MiB, open in {self.process})"


def deleted_files(text: str) -> tuple[Deleted, ...]:
    """From what QUERY prints, each file once, though several processes have it open."""
    found: dict[tuple[int, str], Deleted] = {}
    for line in text.splitlines():
        words = line.removesuffix(" (deleted)").split(" ", 3)
        if len(words) == 4 and words[0].isdecimal() and words[3].startswith("/") and not words[3].startswith(_MEMORY):
            octets, pid, name, path = words
            found.setdefault((int(octets), path), Deleted(int(octets), f"{name}, process {pid}", path))
    return tuple(found.values())
