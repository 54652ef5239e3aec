"""The kernel all hosts share with the machine: what they see of its load, and a limit that must be raised."""

from pathlib import Path

from paths import RUN

# Every host's systemd, logind and dbus take inotify instances; the usual limit, 128, is enough for four hosts.
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH = 8192
BEFORE = RUN.parent / "inotify-before"


def raise_inotify_limit() -> None:
    """Let there be enough inotify instances, and remember how many there were."""
    if int(INOTIFY.read_text()) < ENOUGH:
        BEFORE.parent.mkdir(parents=True, exist_ok=True)
        if not BEFORE.exists():
            BEFORE.write_text(INOTIFY.read_text())
        INOTIFY.write_text(f"{ENOUGH}\n")


def restore_inotify_limit() -> None:
    """Put the limit back as it was before the lab, once no instance is up any more."""
    if BEFORE.exists() and not [p for p in RUN.parent.iterdir() if p.is_dir()]:
        INOTIFY.write_text(BEFORE.read_text())
        BEFORE.unlink()


def pressure(tenths: int) -> str:
    """A file of /proc/pressure, with so many tenths of a percent stalled."""
    share = f"avg10={tenths / 10:.2f} avg60={tenths / 10:.2f} avg300={tenths / 10:.2f}"
    return f"some {share} total={tenths * 1000000}\nfull {share} total={tenths * 500000}\n"


def meminfo(available: int, swap_free: int) -> str:
    """/proc/meminfo of a machine with 4 GB of memory and 1 GB of swap; both figures are percentages."""
    total, swap = 4028736, 1048576
    rows = {
        "MemTotal": total, "MemFree": total * available // 200, "MemAvailable": total * available // 100,
        "Buffers": 10240, "Cached": total * available // 200, "SwapCached": 0, "Active": total // 8,
        "Inactive": total // 8, "SwapTotal": swap, "SwapFree": swap * swap_free // 100, "Dirty": 120, "Shmem": 20480,
        "SReclaimable": 10240,
    }  # fmt: skip
    return "".join(f"{name + ':':15} {kilobytes:8} kB\n" for name, kilobytes in rows.items())


def proc_files(weary: bool) -> dict[str, str]:
    """The files that are mounted over those of /proc: of a calm machine, or of an overloaded one."""
    stalled = 300 if weary else 0
    return {
        "loadavg": "9.31 9.02 8.87 7/412 4242\n" if weary else "0.11 0.09 0.05 1/143 4242\n",
        "meminfo": meminfo(3, 0) if weary else meminfo(84, 100),
        "pressure/cpu": pressure(stalled),
        "pressure/io": pressure(stalled),
        "pressure/memory": pressure(stalled),
    }
