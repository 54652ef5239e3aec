"""A site's own checks, in its inventory's folder: checks/check_*.py, checks/fixtures/*.py, checks/transcripts/.

They are written, bound, tested and reported like the suite's own, and use its fixtures beside theirs.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from checks.catalogue import Check, check, checks_of
from checks.resolve import ROOTS, Fixtures

FOLDER = "checks"


class BadSite(ValueError):
    """A site's own checks cannot be used; the message says which file and why, in one line."""


def site_folder(inventory: str | Path | None) -> Path | None:
    """The folder of own checks beside this inventory, if it has any."""
    if not inventory:
        return None
    path = Path(inventory).expanduser()
    folder = (path if path.is_dir() else path.parent) / FOLDER
    return folder.resolve() if any(folder.glob("check_*.py")) else None


def read_fixtures(folder: Path | None, known: Collection[str]) -> Fixtures:
    """A site's own fixtures, by name. known: those that the suite has. Raises BadSite."""
    own: dict[str, Callable[..., Any]] = {}
    for path in sorted((folder / "fixtures").glob("*.py")) if folder else ():
        for name, function in _public(_module(path)).items():
            if name in known or name in own or name in ROOTS:
                raise BadSite(f"{path}: there is a fixture {name} already; give yours another name")
            own[name] = function
    return own


def read_checks(folder: Path) -> Mapping[str, Check]:
    """A site's own checks, by id. Raises BadSite, BadCheck."""
    found = {}
    for path in sorted(folder.glob("check_*.py")):
        for _, function in checks_of(_module(path)):
            made = check(function, path.stem)
            found[made.id] = made
    return found


def _module(path: Path) -> ModuleType:
    """The file as a module of its own, whatever else has its name."""
    name = f"site_{sha256(str(path.parent).encode()).hexdigest()[:8]}.{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    try:
        spec.loader.exec_module(made)
    except Exception as error:
        del sys.modules[name]
        raise BadSite(f"{path}: {type(error).__name__}: {' '.join(str(error).split())}") from error
    return made


def _public(module: ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
