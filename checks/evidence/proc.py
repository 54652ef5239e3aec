"""What the kernel says of memory, load and open files, in /proc."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Memory:
    """In KiB, from /proc/meminfo."""

    total: int
    available: int
    swap_total: int
    swap_free: int

    @property
    def available_percent(self) -> float:
        return 100 * self.available / self.total if self.total else 0.0

    @property
    def swap_used_percent(self) -> float:
        return 100 * (self.swap_total - self.swap_free) / self.swap_total if self.swap_total else 0.0


def memory(meminfo: str) -> Memory:
    """Raises ValueError where /proc/meminfo has another shape (MemAvailable: Linux 3.14 and newer)."""
    fields = {}
    for line in meminfo.splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdecimal():
            fields[name] = int(words[0])
    try:
        return Memory(fields["MemTotal"], fields["MemAvailable"], fields.get("SwapTotal", 0), fields.get("SwapFree", 0))
    except KeyError as error:
        raise ValueError(f"/proc/meminfo has no {error}") from error


@dataclass(frozen=True)
class Load:
    """Load averages over 1, 5 and 15 minutes, and the processors that share them."""

    one: float
    five: float
    fifteen: float
    processors: int

    @property
    def per_processor(self) -> float:
        """Over the last 15 minutes."""
        return self.fifteen / max(self.processors, 1)


def load(loadavg: str, processors: str) -> Load:
    """From /proc/loadavg and `getconf _NPROCESSORS_ONLN`. Raises ValueError."""
    words = loadavg.split()
    if len(words) < 3:
        raise ValueError(f"/proc/loadavg has another shape: {loadavg[:60]!r}")
    return Load(float(words[0]), float(words[1]), float(words[2]), int(processors.strip() or 1))


@dataclass(frozen=True)
class OpenFiles:
    """File handles in use and the most the kernel gives, from /proc/sys/fs/file-nr."""

    used: int
    most: int

    @property
    def percent(self) -> float:
        return 100 * self.used / self.most if self.most else 0.0


def open_files(file_nr: str) -> OpenFiles:
    """Raises ValueError where the file has another shape."""
    words = file_nr.split()
    if len(words) != 3:
        raise ValueError(f"file-nr has another shape: {file_nr[:60]!r}")
    return OpenFiles(int(words[0]), int(words[2]))
