"""The root file systems under the lab's hosts: one base for each suite, one layer for each set of packages."""

import hashlib
import re
import shutil
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lately
from commands import run, say, try_run
from fleet import EVERYWHERE, HOSTS, Host
from paths import ROOTS, STORE

MIRROR = "http://deb.debian.org"
UBUNTU = ("noble",)
UBUNTU_TOO = ("apt", "ubuntu-keyring")  # Debian calls the first of them required
UBUNTU_MIRROR = "http://archive.ubuntu.com/ubuntu"
# Debian 12 packs no keys of Ubuntu's archive: they come from that archive, and this digest makes them sure.
UBUNTU_KEYS = "pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb"
UBUNTU_KEYS_SHA256 = "36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8"
# Nothing may start while packages are installed, and a killed build is thrown away: no need to wait for the disk.
SHORT = "short lists"  # raised when layers are made in another way
APT = ("-y", "-q", "--no-install-recommends", "-o", "DPkg::Options::=--force-unsafe-io")


def sources(suite: str) -> list[str]:
    """The apt sources of a suite, security updates included."""
    if suite in UBUNTU:
        pockets = (suite, f"{suite}-updates", f"{suite}-security")
        return [f"deb [signed-by={ubuntu_keys()}] {UBUNTU_MIRROR} {pocket} main universe" for pocket in pockets]
    return [
        f"deb {MIRROR}/debian {suite} main",
        f"deb {MIRROR}/debian {suite}-updates main",
        f"deb {MIRROR}/debian-security {suite}-security main",
    ]


def ubuntu_keys() -> Path:
    """Ubuntu's keys, where a host of Ubuntu has them as well. Stops if they are not those that we know."""
    keys = Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg")
    if not keys.exists():
        package = STORE / Path(UBUNTU_KEYS).name
        with urllib.request.urlopen(f"{UBUNTU_MIRROR}/{UBUNTU_KEYS}", timeout=60) as answer:  # noqa: S310 - http, as written above
            package.write_bytes(answer.read(1_000_000))
        if hashlib.sha256(package.read_bytes()).hexdigest() != UBUNTU_KEYS_SHA256:
            sys.exit(
                f"lab: {UBUNTU_MIRROR}/{UBUNTU_KEYS} is not the package of keys that was there when this was written"
            )
        run("dpkg-deb", "--extract", package, STORE / "ubuntu-keys")
        shutil.copy(STORE / "ubuntu-keys" / keys.relative_to("/"), keys)
    return keys


def digest(*parts: str) -> str:
    """Twelve hexadecimal digits that change when a package list does."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def everywhere(suite: str) -> tuple[str, ...]:
    """The packages that every host of a suite has."""
    return (*EVERYWHERE, *(UBUNTU_TOO if suite in UBUNTU else ()))


def base(suite: str) -> Path:
    """Where the base of a suite is, or will be."""
    return ROOTS / f"{suite}-{digest(*everywhere(suite))}"


def layer(host: Host) -> Path | None:
    """Where the packages of a host are, or will be, as an overlay above its base; None if it has none of its own."""
    if not host.packages:
        return None
    return ROOTS / f"{base(host.suite).name}-{digest(*host.packages, SHORT)}"


def lower(host: Host) -> tuple[Path, ...]:
    """The read-only directories under a host, topmost first."""
    above = layer(host)
    return (above, base(host.suite)) if above else (base(host.suite),)


def missing() -> list[Path]:
    """The bases and layers that must still be built, bases first."""
    wanted = [base(s) for s in sorted({h.suite for h in HOSTS})]
    wanted += sorted({path for h in HOSTS if (path := layer(h))})
    return [path for path in wanted if not path.exists()]


def build_missing() -> None:
    """Fetch and build what is missing, two at a time; remove what no host uses any more."""
    ROOTS.mkdir(parents=True, exist_ok=True)
    lacking = missing()
    suites = sorted({h.suite for h in HOSTS if base(h.suite) in lacking})
    layers = {path: h for h in HOSTS if (path := layer(h)) in lacking and path}
    with ThreadPoolExecutor(2) as two:
        list(two.map(build_base, suites))
        list(two.map(build_layer, layers.values()))
    wanted = {path for h in HOSTS for path in lower(h)}
    lately.use(wanted)
    for old in [path for path in ROOTS.iterdir() if path.is_dir()]:
        if not lately.used(old) and not in_use(old):
            try_run("umount", old / "root")
            shutil.rmtree(old)
            lately.mark(old).unlink(missing_ok=True)


def in_use(path: Path) -> bool:
    """Whether a running host, of whichever instance, still stands on a directory."""
    return f"{path}:" in (mounts := Path("/proc/mounts").read_text().replace(",", ":")) or f"={path}:" in mounts


def build_base(suite: str) -> None:
    """Make the minimal system of a suite; its apt lists stay, so that pending updates can be counted."""
    target = base(suite)
    say(f"building the {suite} root (about 40 s)")
    half = target.with_name(target.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    run(
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(everywhere(suite))}",
        "--skip=cleanup/apt/lists",
        suite,
        half,
        *sources(suite),
    )
    half.rename(target)


def build_layer(host: Host) -> None:
    """Install a host's packages above its base, in an overlay that is kept."""
    target = layer(host)
    assert target is not None
    say(f"installing {', '.join(host.packages)} ({host.suite})")
    half = target.with_name(target.name + ".half")
    try_run("umount", half / "root")
    shutil.rmtree(half, ignore_errors=True)
    for path in (half / "upper", half / "work", half / "root"):
        path.mkdir(parents=True)
    run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        f"lowerdir={base(host.suite)},upperdir={half}/upper,workdir={half}/work",
        half / "root",
    )
    try:
        inside = (
            "systemd-nspawn",
            "-q",
            "-D",
            half / "root",
            "-M",
            f"ma-{target.name}",
            "--register=no",
            "--keep-unit",
            "--pipe",
        )
        run(*inside, "--setenv=DEBIAN_FRONTEND=noninteractive", "apt-get", "install", *APT, *host.packages)
        run(*inside, "apt-get", "clean")
        shorten_lists(half / "root")
    finally:
        try_run("umount", half / "root")
    (half / "upper").rename(target)
    shutil.rmtree(half)


def shorten_lists(root: Path) -> None:
    """Keep of the archives' lists what is about installed packages, so that ten hosts read them in no time.

    That updates are pending is told as before; that other packages exist is forgotten.
    """
    known = (root / "var/lib/dpkg/status").read_text()
    installed = set(re.findall(r"^Package: (\S+)$", known, re.MULTILINE))
    for path in (root / "var/lib/apt/lists").glob("*_Packages"):
        entries = path.read_text().split("\n\n")
        kept = [entry for entry in entries if entry.partition("\n")[0].removeprefix("Package: ") in installed]
        path.write_text("".join(f"{entry}\n\n" for entry in kept))
