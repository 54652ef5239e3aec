"""One lab host: its overlays, its boot in a network namespace of its own, its end, and commands inside it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import network
from commands import run, try_run
from fleet import GIB, Host
from kernel import proc_files
from paths import DISKS, RUN, machine

TIMERS = tuple(
    f"stamp-{name}.timer"
    for name in ("apt-daily", "apt-daily-upgrade", "dpkg-db-backup", "e2scrub_all", "fstrim", "logrotate")
)
ROOT_DISK = 8 * GIB
CGROUPS = [
    p
    for p in (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
    if (p / "cgroup.procs").exists()
]

# Mounts a lab host has no use for: each would cost it time at boot.
MASKED = (
    "dev-hugepages",
    "dev-mqueue",
    "sys-kernel-config",
    "sys-kernel-debug",
    "sys-kernel-tracing",
    "sys-fs-fuse-connections",
)


def folder(host: Host) -> Path:
    """Where the runtime of a host is."""
    return RUN / host.name


def root(host: Host) -> Path:
    """Where the root file system of a running host is mounted."""
    return folder(host) / "root"


def supervisor(host: Host) -> int | None:
    """The process number of a host's systemd-nspawn, if it runs."""
    try:
        pid = int((folder(host) / "pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if machine(host.name).encode() in words else None


def leader(host: Host) -> int | None:
    """The process number, as seen from this machine, of a host's own init.

    None while it is being started: until it has a root of its own, what enters it would work on this machine's files.
    """
    if not (pid := supervisor(host)):
        return None
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        entered = children and not Path(f"/proc/{children[0]}/root").samefile("/")
    except OSError:
        return None
    return int(children[0]) if entered else None


def inside(host: Host, *argv: str) -> list[str]:
    """The command line that runs a command in a host, as its root, without ssh."""
    return ["nsenter", "-t", str(leader(host)), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", *argv]


def new_disk(image: Path, size: int) -> None:
    """A sparse file with an empty file system: it takes room only as it is filled."""
    image.parent.mkdir(parents=True, exist_ok=True)
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(size)
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard", image)


def mount_root(host: Host, lower: tuple[Path, ...], upper_at: Path) -> None:
    """Mount a host's root: the overlay of read-only directories and one that takes its changes."""
    for path in (root(host), upper_at / "upper", upper_at / "work"):
        path.mkdir(parents=True, exist_ok=True)
    layers = ":".join(map(str, lower))
    run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        f"lowerdir={layers},upperdir={upper_at}/upper,workdir={upper_at}/work",
        root(host),
    )


def mount_own_disks(host: Host, lower: tuple[Path, ...]) -> list[str]:
    """Give a host its own disks, filled from its configured state; the options that hand them to systemd-nspawn."""
    disk = folder(host) / "disk"
    disk.mkdir(parents=True, exist_ok=True)
    new_disk(DISKS / host.name / "root.img", ROOT_DISK)
    run("mount", "-o", "loop", DISKS / host.name / "root.img", disk)
    mount_root(host, lower, disk)
    touch_stamps(root(host))
    binds = []
    for number, (point, size) in enumerate(host.disks.items()):
        image, at = DISKS / host.name / f"{number}.img", folder(host) / f"disk{number}"
        new_disk(image, size)
        at.mkdir(exist_ok=True)
        run("mount", "-o", "loop", image, at)
        original = root(host) / point.lstrip("/")
        run("cp", "-a", f"{original}/.", at)
        run("chown", f"--reference={original}", at)
        run("chmod", f"--reference={original}", at)
        binds.append(f"--bind={at}:{point}")
    return binds


def touch_stamps(at: Path) -> None:
    """Let the daily jobs have run just now: they would run at boot, and a cached host would look abandoned."""
    timers, periodic = at / "var/lib/systemd/timers", at / "var/lib/apt/periodic"
    for stamps, names in ((timers, TIMERS), (periodic, ("update-stamp", "update-success-stamp", "upgrade-stamp"))):
        stamps.mkdir(parents=True, exist_ok=True)
        for name in names:
            (stamps / name).touch()


def enter_cgroup(host: Host) -> None:
    """Put this process into control groups of its own: nspawn would let all hosts share one."""
    for hierarchy in CGROUPS:
        group = hierarchy / "mailassay-lab" / machine(host.name)
        group.mkdir(parents=True, exist_ok=True)
        (group / "cgroup.procs").write_text(str(os.getpid()))


def boot(host: Host, binds: list[str]) -> None:
    """Start a host's systemd in its namespace, and record its process number."""
    network.attach(host)
    calm = folder(host) / "proc"
    (calm / "pressure").mkdir(parents=True, exist_ok=True)
    for name, text in proc_files(host.weary).items():
        (calm / name).write_text(text)
    name = machine(host.name)
    argv = [
        "systemd-nspawn", "-q", "--boot", "-D", str(root(host)), "-M", name, f"--hostname={host.name}",
        "--register=no", "--keep-unit", f"--network-namespace-path=/run/netns/{name}", "--capability=CAP_NET_ADMIN",
        "--console=pipe", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
        f"--bind-ro={calm}:/run/host/calm", *binds, *(f"systemd.mask={unit}.mount" for unit in MASKED),
    ]  # fmt: skip
    with (folder(host) / "console.log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                   preexec_fn=lambda: enter_cgroup(host))  # fmt: skip
    (folder(host) / "pid").write_text(str(process.pid))


def wait_ready(host: Host, ports: tuple[int, ...], seconds: float = 180) -> None:
    """Wait until a host has started all its services and these ports listen, and show it a calm machine."""
    end, poke = time.monotonic() + seconds, time.monotonic() + 10
    while (word := system_state(host)) not in ("running", "degraded") or not listening(host) >= set(ports):
        if time.monotonic() > end:
            lacking = ", ".join(map(str, sorted(set(ports) - listening(host))))
            sys.exit(f"lab: {host.name} does not start: {word or 'no answer'}; ports not open: {lacking or 'none'}")
        if time.monotonic() > poke and leader(host):
            try_run(*inside(host, "systemctl", "daemon-reload"))
            poke += 10
        time.sleep(0.1)
    for name in proc_files(host.weary):
        run(*inside(host, "mount", "--bind", f"/run/host/calm/{name}", f"/proc/{name}"))


def listening(host: Host) -> set[int]:
    """The TCP ports something listens on in a host, whatever the address."""
    ports = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{leader(host)}/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                if state == "0A":
                    ports.add(int(local.rpartition(":")[2], 16))
    return ports


def system_state(host: Host) -> str:
    """What systemd says of a host: "running", "degraded", "starting" …; empty when it cannot be asked."""
    if not leader(host):
        return ""
    asked = subprocess.run(inside(host, "systemctl", "is-system-running"), capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def power_off(host: Host, seconds: float = 40) -> None:
    """Shut a host down as an administrator would, so that its file systems are whole."""
    pid = supervisor(host)
    try_run(*inside(host, "systemctl", "poweroff"))
    end = time.monotonic() + seconds
    while pid and supervisor(host) and time.monotonic() < end:
        time.sleep(0.05)
    kill(host)


def kill(host: Host) -> None:
    """End a host at once and remove all that belongs to its run."""
    for hierarchy in CGROUPS:
        group = hierarchy / "mailassay-lab" / machine(host.name)
        while pids := [int(p) for file in group.rglob("cgroup.procs") for p in file.read_text().split()]:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        for path in sorted((p for p in group.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts)):
            path.rmdir()
        if group.exists():
            group.rmdir()
    network.delete(machine(host.name))
    for point in sorted(mounted_below(folder(host)), key=len, reverse=True):
        try_run("umount", "-l", point)
    shutil.rmtree(folder(host), ignore_errors=True)
    shutil.rmtree(DISKS / host.name, ignore_errors=True)


def mounted_below(path: Path) -> list[str]:
    """The mount points below a directory."""
    points = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    return [p for p in points if p.startswith(f"{path}/")]
