"""Programs for awk that are run on hosts: kept in files beside this one, and sent without their comments."""

from __future__ import annotations

from pathlib import Path


def program(*names: str) -> str:
    """The programs of these names, one after the other, as one."""
    texts = (Path(__file__).with_name(f"{name}.awk").read_text("utf-8") for name in names)
    return "\n".join(line for text in texts for line in text.splitlines() if not line.startswith("#"))
