"""Packages that dnf's versionlock keeps as they are: a list of versions (dnf 4), or a TOML file (dnf 5)."""

from __future__ import annotations

import re
import tomllib

_NEVR = re.compile(r"^(?P<name>\S+?)-(?:\d+:)?[^-:\s]+-[^-:\s]+$")
_OFF = re.compile(r"^\s*enabled\s*=\s*(?:0|no|false|off)\s*$", re.IGNORECASE | re.MULTILINE)


def held(text: str) -> tuple[str, ...]:
    """From what dnf.HELD prints, each line after its file's name. Raises ValueError where a file cannot be read."""
    files: dict[str, list[str]] = {}
    for line in text.splitlines():
        file, _, said = line.partition(":")
        files.setdefault(file.rpartition("/")[2], []).append(said)
    names = _of_toml("\n".join(files.get("versionlock.toml", ())))
    # The list is heeded where the plugin is there: its settings come with it.
    plugin = "\n".join(files.get("versionlock.conf", ()))
    if plugin and not _OFF.search(plugin):
        names += [_name(entry) for entry in files.get("versionlock.list", ()) if not entry.lstrip().startswith("!")]
    return tuple(dict.fromkeys(names))


def _name(entry: str) -> str:
    match = _NEVR.match(entry.strip())
    return match["name"] if match else entry.strip()


def _of_toml(text: str) -> list[str]:
    """The packages whose version is bound from above; what only shuts single versions out (!=) lets others in."""
    rows = tomllib.loads(text).get("packages", [])
    found = []
    for row in rows if isinstance(rows, list) else []:
        conditions = row.get("conditions", []) if isinstance(row, dict) else []
        if not isinstance(conditions, list):
            continue
        signs = {each.get("comparator", "=") for each in conditions if isinstance(each, dict)}
        if signs & {"=", "==", "<", "<="}:
            found.append(str(row.get("name", "?")))
    return found
