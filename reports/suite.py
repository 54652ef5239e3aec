"""The checks of the suite, by id, whether they were selected or not."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import checks
from checks.catalogue import Check, check, checks_of


@cache
def suite() -> Mapping[str, Check]:
    """Every check in checks/check_*.py. Raises BadCheck."""
    found = {}
    for info in pkgutil.iter_modules(checks.__path__):
        if info.name.startswith("check_"):
            for module, function in checks_of(importlib.import_module(f"checks.{info.name}")):
                made = check(function, module)
                found[made.id] = made
    return found
