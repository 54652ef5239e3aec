"""The suite's own tables, which are YAML files beside its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml, where PyYAML was built with it, reads a table ten times faster; it knows the same tags as SafeLoader.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """What stands in the file."""
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader either way
