"""Inventories for tests: a site's folder written to disk, and what is asserted of reading it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret  # type: ignore[import-untyped]

from checks.inventory import Inventory, InventoryProblem, read_inventory


def site(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a site's inventory folder from path: text; what begins with #! becomes executable."""
    for name, text in files.items():
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    return folder / "site"


def names(inventory: Inventory) -> list[str]:
    return [host.name for host in inventory.hosts]


def problem(source: Path | str, limit: str | None = None) -> InventoryProblem:
    """What reading this inventory fails with; one line."""
    with pytest.raises(InventoryProblem) as caught:
        read_inventory(source, limit)
    assert "\n" not in str(caught.value)
    return caught.value


def encrypted(text: str, password: str) -> str:
    """Text as ansible-vault encrypts it."""
    return str(VaultLib().encrypt(text, VaultSecret(password.encode())).decode())


def inline(ciphertext: str) -> str:
    """A vault's text as a value within YAML."""
    return "!vault |\n" + "".join(f"          {line}\n" for line in ciphertext.splitlines())
