"""Report writers at 1,000 hosts: the time of each, and the memory that it takes beside the verdicts."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reports.gate import Gate
from reports.head import HEAD
from reports.render import WRITERS, write_record, write_reports
from reports.report import Report, again
from reports.verdicts import RESULTS, read_run, write_atomically
from tests.scale.cost import audit, cost
from tests.scale.pattern import replay
from tests.scale.table import Row

HOSTS, JUDGED = 1000, 50
_NAME = re.compile(r"\bh(\d{5})\b")


def writers(run: Path, folder: Path, share: float) -> Iterator[Row]:
    """Judge fifty hosts, tell the same of as many more as are wanted, and write every report of them."""
    cost(audit("--replay", replay(run, folder / "run", JUDGED), "--out", folder / "out"), log=folder / "log")
    times = max(1, round(HOSTS * share / JUDGED))
    _multiply((folder / "out/fleet/latest").resolve(), times)
    measured = folder / "measured"
    cost(
        [sys.executable, "-m", "tests.scale.writers", str(folder / "out/fleet/latest"), str(measured)],
        log=folder / "log",
    )
    for name, seconds, megabytes, octets in json.loads(measured.read_text()):
        size = f"{octets / 1e6:.1f} MB" if octets else ""
        yield Row(f"{name}, {times * JUDGED} hosts", (f"{seconds:.1f} s", f"{megabytes:.0f} MB", size))


def _multiply(folder: Path, times: int) -> None:
    def more(text: str, number: int) -> str:
        return _NAME.sub(lambda match: f"h{int(match[1]) + number * JUDGED:05}", text)

    lines = (folder / RESULTS).read_text("utf-8").splitlines(keepends=True)
    write_atomically(folder / RESULTS, (more(line, number) for number in range(times) for line in lines))
    head = json.loads((folder / HEAD).read_text("utf-8"))
    head["hosts"] = {more(name, number): row for number in range(times) for name, row in head["hosts"].items()}
    (folder / HEAD).write_text(json.dumps(head), "utf-8")


def _measure(folder: Path) -> list[tuple[str, float, float, int]]:
    found: list[tuple[str, float, float, int]] = []

    def step(name: str, work: Callable[[], Any], file: str = "") -> Any:
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now on
        held, began = _memory("VmRSS"), time.process_time()
        done = work()
        octets = (folder / file).stat().st_size if file else 0
        found.append((name, time.process_time() - began, _memory("VmHWM") - held, octets))
        return done

    record = step("reading results.jsonl", lambda: read_run(folder))
    report: Report = step("diagnosis", lambda: again(record, [], Gate()))
    step("results.jsonl", lambda: write_record(report), RESULTS)
    step("junit, html and summary", lambda: write_reports(report, folder), "report.html")
    for name, writer in WRITERS.items():
        step(name, lambda writer=writer: write_atomically(folder / writer.file, writer.text(report)), writer.file)  # type: ignore[misc]
    return found


def _memory(what: str) -> float:
    row = re.search(rf"^{what}:\s*(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(row[1]) / 1024 if row else 0.0


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(_measure(Path(sys.argv[1]).resolve())))
