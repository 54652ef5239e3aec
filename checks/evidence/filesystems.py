"""File systems and their space, from `df -P` in blocks (-k) and inodes (-i), and /proc/mounts."""

from __future__ import annotations

from dataclasses import dataclass

from checks.evidence.counted import counted

# They are full by nature, hold no data of their own, or are not the host's.
_NOT_STORAGE = frozenset(
    {"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
     "erofs", "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs",
     "securityfs", "squashfs", "sysfs", "tracefs", "udf"}
)  # fmt: skip


# Each kernel with its initial file system, by version: "octets name".
KERNELS = "sudo sh -c 'stat -c \"%s %n\" /boot/vmlinuz-* /boot/initrd.img-* /boot/initramfs-*.img 2>/dev/null; true'"


@dataclass(frozen=True)
class Filesystem:
    """One mounted file system. kib, free_kib: size and what unprivileged users may still write; inodes likewise."""

    mount: str
    type: str
    options: tuple[str, ...]
    kib: int
    free_kib: int
    inodes: int
    free_inodes: int

    @property
    def used_kib(self) -> int:
        return self.kib - self.free_kib

    @property
    def free_percent(self) -> float:
        return 100 * self.free_kib / self.kib if self.kib else 100.0

    @property
    def free_inodes_percent(self) -> float:
        """File systems that make inodes as they need them (btrfs, zfs) report none in all: never short of them."""
        return 100 * self.free_inodes / self.inodes if self.inodes else 100.0

    @property
    def read_only(self) -> bool:
        return "ro" in self.options


def filesystems(space: str, inodes: str, mounts: str) -> tuple[Filesystem, ...]:
    """The host's own storage. space, inodes: `df -Pk` and `df -Pi`; mounts: /proc/mounts."""
    free_inodes = {row[-1]: (counted(row[1]), counted(row[3])) for row in _rows(inodes)}
    found = {}
    for line in mounts.splitlines():
        words = line.split()
        if len(words) >= 4 and words[2] not in _NOT_STORAGE and words[2].partition(".")[0] != "fuse":
            mount = words[1].replace("\\040", " ")
            found[mount] = (words[2], tuple(words[3].split(",")))
    return tuple(
        Filesystem(row[-1], *found[row[-1]], counted(row[1]), counted(row[3]), *free_inodes.get(row[-1], (0, 0)))
        for row in _rows(space)
        if row[-1] in found
    )


def used(space: str) -> dict[str, int]:
    """KiB that are taken of each file system (by files, or kept for root), by mount point, from `df -Pk`."""
    return {row[-1]: counted(row[1]) - counted(row[3]) for row in _rows(space)}


def _rows(df: str) -> list[list[str]]:
    """POSIX columns: file system, size, used, available, capacity, mount point (which may hold spaces)."""
    rows = [line.split(None, 5) for line in df.splitlines()[1:]]
    return [row for row in rows if len(row) == 6]


def holding(path: str, among: tuple[Filesystem, ...]) -> Filesystem | None:
    """The file system that holds this path: the one with the longest mount point above it."""
    above = [fs for fs in among if path == fs.mount or path.startswith(fs.mount.rstrip("/") + "/")]
    return max(above, key=lambda fs: len(fs.mount), default=None)


def largest_kernel(text: str) -> int:
    """KiB that the largest kernel of KERNELS takes with its initial file system; rescue images are passed over."""
    sizes: dict[str, int] = {}
    for line in text.splitlines():
        octets, _, name = line.partition(" ")
        kind, _, version = name.rpartition("/")[2].removesuffix(".img").partition("-")
        if kind in ("vmlinuz", "initrd.img", "initramfs") and version and "rescue" not in version and len(octets) < 16:
            sizes[version] = sizes.get(version, 0) + counted(octets)
    return max(sizes.values(), default=0) // 1024
