"""Whether disks and arrays are whole: /proc/mdstat, `zpool status -x`, `btrfs device stats`, `smartctl -H`.

Sources: Linux drivers/md/md.c md_seq_show; zpool-status(8); btrfs-device(8); smartmontools scsiprint.cpp, ataprint.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ARRAYS = "cat /proc/mdstat"
POOLS = "sudo sh -c 'command -v zpool >/dev/null || exit 127; zpool status -x'"
# Standby: a disk that sleeps is not woken. No lsblk (not everywhere): the kernel's own list of whole disks.
DISKS = (
    "sudo sh -c 'command -v smartctl >/dev/null || exit 127; for d in /sys/block/*; do d=${d##*/}; case $d in "
    'sd*|nvme*|hd*) echo "= $d"; smartctl -n standby -H /dev/$d;; esac; done; true\''
)
BTRFS = (
    "sudo sh -c 'command -v btrfs >/dev/null || exit 127; "
    'awk "\\$3 == \\"btrfs\\" {print \\$2}" /proc/mounts | sort -u | head -n 20 | while read -r m; do btrfs device stats "$m"; done\''  # noqa: E501
)
_ARRAY = re.compile(r"^(md\S{0,60}) : (\S+) (?:\((?:auto-)?read-only\) )?(.*)$")
_MEMBERS = re.compile(r"\[(\d{1,4})/(\d{1,4})\] \[([U_]{1,200})\]")
_HEALTH = re.compile(r"(?:self-assessment test result|SMART Health Status): *(.{1,80})")
_BTRFS = re.compile(r"^\[(\S{1,200})\]\.(\w{1,40})\s+(\d{1,18})$")


@dataclass(frozen=True)
class Soundness:
    """A disk, array or pool. trouble: what is wrong with it; empty if it is whole."""

    name: str
    trouble: str


def arrays(mdstat: str) -> Iterator[Soundness]:
    """Linux software RAID: each array with the members that it lacks."""
    name, state = "", ""
    for line in mdstat.splitlines():
        head = _ARRAY.match(line)
        if head:
            if name:
                yield Soundness(name, state)
            failed = re.findall(r"(\S+?)\[\d+\]\(F\)", head[3])
            name = head[1]
            state = f"failed: {', '.join(failed)}" if failed else "" if head[2] == "active" else head[2]
        elif name and (members := _MEMBERS.search(line)) and "_" in members[3]:
            lacking = f"{members[2]} of {members[1]} members work [{members[3]}]"
            state = f"{lacking}; {state}" if state else lacking
    if name:
        yield Soundness(name, state)


def pools(status: str) -> Iterator[Soundness]:
    """ZFS: `all pools are healthy`, or each pool that is not, with its state."""
    name = ""
    for line in status.splitlines():
        word, _, value = line.strip().partition(": ")
        if word == "pool":
            name = value.strip()
        elif word == "state" and name:
            yield Soundness(f"pool {name}", "" if value.strip() == "ONLINE" else value.strip())
            name = ""
    if "all pools are healthy" in status:
        yield Soundness("pools", "")


def disks(told: str) -> Iterator[Soundness]:
    """SMART: what each disk thinks of itself; one that sleeps or cannot tell is passed over."""
    for block in re.split(r"^= ", told, flags=re.MULTILINE)[1:]:
        name, _, text = block.partition("\n")
        health = _HEALTH.search(text)
        if health:
            word = health[1].strip()
            yield Soundness(f"/dev/{name.strip()[:40]}", "" if word in ("PASSED", "OK") else f"SMART: {word}")


def devices(stats: str) -> Iterator[Soundness]:
    """btrfs: the errors that each device has had since the counters were reset."""
    found: dict[str, list[str]] = {}
    for line in stats.splitlines():
        match = _BTRFS.match(line)
        if match:
            found.setdefault(match[1], []).extend([f"{match[2]} {match[3]}"] if int(match[3]) else [])
    for name, errors in found.items():
        yield Soundness(name, ", ".join(errors))
