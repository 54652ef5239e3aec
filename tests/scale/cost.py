"""What a program costs: wall clock, processor time and memory, its children included."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """wall, processor: seconds. memory: the most that the programs held at a time, in MB, shared pages divided."""

    wall: float
    processor: float
    memory: float
    status: int


def audit(*options: object) -> list[str]:
    """The command of an audit with these options."""
    return [sys.executable, "-m", "pytest", "checks", *map(str, options)]


class _Watch(threading.Thread):
    """Looks at the memory of some processes and their descendants again and again."""

    def __init__(self, processes: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self._processes = processes
        self._ended = threading.Event()
        self.most = 0.0

    def run(self) -> None:
        while not self._ended.wait(0.5):
            self.most = max(self.most, sum(map(_held, _family(self._processes))) / 1024)

    def end(self) -> float:
        self._ended.set()
        self.join()
        return self.most


def cost(*programs: Sequence[str], environment: Mapping[str, str] | None = None, log: Path | None = None) -> Cost:
    """Run these programs side by side. What they print goes to the log."""
    began = time.monotonic()
    env = {**os.environ, **(environment or {})}
    with (log or Path(os.devnull)).open("ab") as out:
        running = [
            subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env) for argv in programs
        ]
        watch = _Watch([process.pid for process in running])
        watch.start()
        processor, status = 0.0, 0
        for process in running:
            _, ended, used = os.wait4(process.pid, 0)
            processor += used.ru_utime + used.ru_stime
            status = max(status, os.waitstatus_to_exitcode(ended))
    return Cost(time.monotonic() - began, processor, watch.end(), status)


def _family(processes: Sequence[int]) -> list[int]:
    found = list(processes)
    for pid in found:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:  # ended meanwhile
            continue
        found += map(int, children)
    return found


def _held(pid: int) -> int:
    """Kilobytes that this process holds; of shared pages, its part."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)
