"""What several checkouts share stays for a day after its last use: two that differ do not undo each other's work."""

import time
from collections.abc import Iterable
from pathlib import Path

DAY = 86400


def mark(path: Path) -> Path:
    """The empty file whose time tells when a root or a state was last used."""
    return path.with_name(f"{path.name}.used")


def use(paths: Iterable[Path]) -> None:
    """Note that these are used now."""
    for path in paths:
        mark(path).touch()


def used(path: Path) -> bool:
    """Whether somebody used it within the last day."""
    return mark(path).exists() and time.time() - mark(path).stat().st_mtime < DAY
