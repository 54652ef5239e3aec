"""BENCHMARKS.md: every section as it was last measured, with the machine and the date."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "BENCHMARKS.md"
KEPT = ROOT / "tests/scale/measured.json"
HEAD = """# Benchmarks

Written by `make bench` (tests/scale). Ratios within one run are what counts: the machine is small, and others use it.
"""


@dataclass(frozen=True)
class Row:
    """One thing that was measured, and its figures in the order of the section's columns."""

    what: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One benchmark. note: how it is measured, and what it is compared with."""

    title: str
    note: str
    columns: tuple[str, ...]


def keep(name: str, rows: Sequence[Row]) -> None:
    """Note what was measured of one section, now and here."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    known[name] = {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "where": machine(),
        "rows": [asdict(row) for row in rows],
    }
    KEPT.write_text(json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def page(sections: dict[str, Section]) -> str:
    """The whole page."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return HEAD + "".join(_section(section, known[name]) for name, section in sections.items() if name in known)


def _section(section: Section, known: dict[str, object]) -> str:
    rows: list[dict[str, object]] = known["rows"]  # type: ignore[assignment]
    lines = [_line(("", *section.columns)), _line(["---"] * (len(section.columns) + 1))]
    lines += [_line((row["what"], *row["figures"])) for row in rows]  # type: ignore[misc]
    when = f"Measured {known['when']} on {known['where']}."
    return f"\n## {section.title}\n\n{section.note}\n{when}\n\n" + "\n".join(lines) + "\n"


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def machine() -> str:
    """What this machine is, and how busy others keep it."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} processors ({model[1] if model else platform.machine()}), {int(memory[1]) // 2**20 if memory else 0} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}, load {load:.1f}"
    )
