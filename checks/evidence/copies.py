"""Copies of a secret file that editors, package managers and people leave beside it, and everybody may read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from checks.evidence.files import File, files

# Files named after these that are not empty, and which nobody (the user) can open, folders and ACLs counted in.
_BESIDE = (
    "r() {{ if command -v setpriv >/dev/null; then setpriv --reuid 65534 --regid 65534 --clear-groups test -r $1; "
    'else [ -n "$(find -L $1 -maxdepth 0 -perm -004)" ]; fi; }}; IFS=; for p in {paths}; do d=${{p%/*}}; '
    'for f in "$p"[.~_-]* "$d/.${{p##*/}}".sw[op]; do [ -f $f ] && [ -s $f ] && r $f && '
    "stat -L -c '%a|%U|%G|%Y|%F|%n' $f; done; done 2>/dev/null | head -n 100"
)
_WORD = (
    "bak|backup|back|bkp|old|orig|original|saved?|copy|prev|previous|before|dpkg-old|dpkg-bak|ucf-old|rpmsave|rpmorig"
    "|pacsave"
)
# What follows the original's name: `~`, `.~1~`, `-` (as of /etc/shadow-), a word for what was, a date, a number.
_COPY = re.compile(rf"~|\.~\d{{1,4}}~|-|[._-](?:{_WORD}|\d{{1,14}})(?:[._-]?\d[\w.:-]{{0,40}}|[._-][\w.:-]{{0,40}})?")
# A copy of what package managers and authors of examples lay down has nobody's secrets in it.
_SAMPLE = re.compile(r"[._-](?:dist|new|default|sample|example|template)$")


def query(paths: Iterable[str]) -> str:
    """The command that shows what stands beside these files and is readable by everybody."""
    return f"sudo sh -c {shlex.quote(_BESIDE.format(paths=shlex.join(paths)))}"


def copies(text: str, paths: Iterable[str]) -> Mapping[str, File]:
    """Of what the command showed, the copies of these files, by path."""
    named = tuple(paths)
    return {path: file for path, file in files(text).items() if any(_copy(path, original) for original in named)}


def _copy(path: str, original: str) -> bool:
    folder, _, name = original.rpartition("/")
    if path in (f"{folder}/.{name}.swp", f"{folder}/.{name}.swo"):
        return True
    rest = path.removeprefix(original)
    return rest != path and bool(_COPY.fullmatch(rest)) and not _SAMPLE.search(rest)
