"""Lines of tmpfiles.d(5) that let systemd delete old files below a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Each file's name, and of its lines: type, path and age; systemd-tmpfiles(8), --cat-config, since systemd 240.
QUERY = (
    "command -v systemd-tmpfiles >/dev/null || exit 127; systemd-tmpfiles --cat-config 2>/dev/null | "
    "awk '/^# \\/[^ ]*\\.conf$/ {print; next} $1 !~ /^#/ && $2 ~ /^\"?\\/(srv|home|var|data|mail|opt|mnt|[*?])/ "
    '{print $1, $2, $6 == "" ? "-" : $6}\''
)
_CLEANS = "dDevqQC"
_GLOB = re.compile(r"[*?\[]")
_FILE = re.compile(r"# (/\S*\.conf)")
# Below a mailbox or a queue, what may be thrown away: half-written files, what users threw away, what can be made anew.
_MAY_GO = re.compile(
    r"(?i)/(tmp|hold|corrupt|saved|trace|flush|[^/]*(trash|junk|spam|deleted|papierkorb)[^/]*)(/|$)|index"
)


@dataclass(frozen=True)
class Ageing:
    """A line by which what is older than age is deleted below a path, which may be a pattern; file: where it stands."""

    path: str
    age: str
    file: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path} with an age of {self.age}"


@dataclass(frozen=True)
class Tmpfiles:
    """All such lines. own: paths with a line of their own, which those above spare; excepted: that none cleans."""

    ageing: tuple[Ageing, ...]
    own: tuple[str, ...]
    excepted: tuple[str, ...]

    def emptying(self, store: str, mounts: frozenset[str] = frozenset()) -> Iterator[Ageing]:
        """The lines that delete mail kept below this folder. mounts: a line does not reach into other file systems."""
        for each in self.ageing:
            if _below(store, each.path):
                spared = [path for path in (*self.own, *mounts) if path != each.path and _below(path, each.path)]
                if not any(_below(store, path) for path in (*spared, *self.excepted)):
                    yield each
            elif _below(each.path, store) and not _MAY_GO.search(each.path[len(store) :]):
                yield each


def _below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it; a pattern's asterisk stands for one part of a path."""
    if not _GLOB.search(folder):
        return path == folder or path.startswith(folder.rstrip("/") + "/")
    parts, wanted = path.split("/"), folder.rstrip("/").split("/")
    return len(parts) >= len(wanted) and all(w == p or _GLOB.search(w) for p, w in zip(parts, wanted, strict=False))


def tmpfiles(text: str) -> Tmpfiles:
    """From what QUERY prints: of several lines for a path the first one counts."""
    lines: dict[str, Ageing] = {}
    excepted: list[str] = []
    file = ""
    for line in text.splitlines():
        if found := _FILE.fullmatch(line.strip()):
            file = found[1]
            continue
        kind, path, age = [*line.split(), "", "", ""][:3]
        path = path.strip('"').rstrip("/") or "/"
        if kind[:1] in ("x", "X"):
            excepted.append(path)
        elif kind:
            cleans = kind[0] in _CLEANS and "!" not in kind
            lines.setdefault(path, Ageing(path, age if cleans and re.search(r"\d", age) else "", file))
    return Tmpfiles(tuple(line for line in lines.values() if line.age), tuple(lines), tuple(excepted))
