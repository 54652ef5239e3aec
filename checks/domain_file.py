"""Where mailassay_domains may lie besides the inventory: in a file beside it, or on the hosts themselves.

mailassay_domains: domains.txt    # one name a line; # begins a comment
mailassay_domains: domains.yml    # a list as it would stand in the inventory
mailassay_domains: hosts          # what the host's own mail server takes mail for, read at the start of each run
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from checks.policy import PREFIX

HOSTS = "hosts"
KEY = f"{PREFIX}domains"


class BadDomains(ValueError):
    """A file of domains cannot be used; the message says which and why, in one line."""


def from_file(name: str, folder: Path) -> tuple[Any, ...]:
    """The entries of a file, whose path is relative to the inventory's folder. Raises BadDomains."""
    path = (folder / Path(name).expanduser()).resolve()
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        hint = f"; the word for reading them from the hosts is `{HOSTS}`" if "." not in name else ""
        raise BadDomains(f"{KEY}: {path}: {error.strerror}{hint}") from error


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> tuple[Any, ...]:
    """Once for all hosts that name it."""
    text = path.read_text("utf-8", "replace")
    if path.suffix not in (".yml", ".yaml", ".json"):
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        return tuple(line for line in lines if line)
    try:
        rows = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadDomains(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(rows, list):
        raise BadDomains(f"{path}: must be a list of domains, not {type(rows).__name__}")
    return tuple(rows)
