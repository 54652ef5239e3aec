"""What dnf knows of updates, from its cache, and what its settings keep out: nothing is asked of the network."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from checks.evidence.apt import Upgrade
from checks.evidence.rpm_version import order

# As a user without rights, who reads root's cache: as root dnf takes a lock and writes logs. What dnf keeps for its
# user goes again, if it was not there before. What is held or excluded waits, too. dnf 5 was never tried: exit 3.
_ASK = (
    "command -v dnf >/dev/null || exit 127; case $(readlink -f $(command -v dnf)) in *dnf5*) exit 3;; esac; "
    "u=$(id -un); [ \"$u\" != root ] || { u=nobody; as='setpriv --reuid=65534 --regid=65534 --clear-groups'; }; "
    'b=$(ls -d "/var/tmp/dnf-$u-"* 2>/dev/null); '
    "$as dnf -q -C --setopt=cachedir=/var/cache/dnf --disableplugin=versionlock --setopt=disable_excludes=main"
    ' updateinfo list --security%s; s=$?; [ -n "$b" ] || rm -rf "/var/tmp/dnf-$u-"????????; exit $s'
)
WAITING = _ASK % ""
HOLES = _ASK % " --with-cve"
# dnf counts the age of a cache from the time of its list of packages, which it touches when the archive has no newer.
CACHES = (
    "for d in /var/cache/dnf /var/cache/libdnf5; do "
    "stat -c '%Y %n' $d/*/repodata/*primary.xml* $d/*/repodata/*updateinfo.xml* 2>/dev/null; done; date +%s"
)
# The archives' settings that matter here, with the lines that continue them; addresses may hold passwords, and stay.
_WANTED = "enabled|(pkg_|repo_)?gpgcheck|exclude(pkgs)?"
_FILES = (
    "/usr/share/dnf5/libdnf.conf.d/*.conf /etc/dnf/libdnf5.conf.d/*.conf /etc/dnf/dnf.conf"
    " /etc/yum.repos.d/*.repo /etc/distro.repos.d/*.repo"
)
_AWK = (
    rf"/^\[/ {{k = 1}} /^[^[:space:]#;[]/ {{k = /^({_WANTED})[[:space:]]*=/}} "
    r'k && /[^[:space:]]/ {print FILENAME ":" $0}'
)
_READ = f"for f in {_FILES}; do [ ! -f $f ] || awk {shlex.quote(_AWK)} $f; done"
SETTINGS = f"sudo sh -c {shlex.quote(_READ)}"
HELD = (
    "grep -HsvE '^[[:space:]]*(#|$)' /etc/dnf/plugins/versionlock.conf /etc/dnf/plugins/versionlock.list"
    " /etc/dnf/versionlock.toml; true"
)
AUTOMATIC = (
    "for u in dnf-automatic.timer dnf-automatic-install.timer dnf5-automatic.timer; do "
    'echo "$u $(systemctl is-enabled $u 2>/dev/null)"; done; '
    "grep -hsE '^[[:space:]]*(apply_updates|upgrade_type)[[:space:]]*=' /usr/share/dnf5/dnf5-plugins/automatic.conf"
    " /etc/dnf/automatic.conf; true"
)
JOBS = r"((dnf5?|yum|microdnf)[^#|;]* (upgrade|update|distro-sync)(-minimal)?([[:space:]]|$)|dnf-automatic)"

_NEVRA = re.compile(r"^(?P<name>\S+)-(?P<version>(?:\d+:)?[^-:\s]+-[^-:\s]+)\.\w+$")
_CACHE = re.compile(r"^(\d{1,12}) /var/cache/\w+/([^/]+?)(?:-[0-9a-f]{16})?/repodata/\S*(primary|updateinfo)\.xml")
# Archives of the system itself. Of the others (EPEL, vendors) nothing follows for its packages.
_SYSTEM = re.compile(r"baseos|appstream|^updates$", re.IGNORECASE)
_OTHER = re.compile(r"epel|debug|source", re.IGNORECASE)
_TRUE = ("1", "yes", "true", "on")


def waiting(listing: str) -> tuple[Upgrade, ...]:
    """From what WAITING prints: of each package the newest version that mends a hole."""
    found: dict[str, Upgrade] = {}
    for line in listing.splitlines():
        advisory, *words = line.split() or [""]
        package = next((match for word in words if (match := _NEVRA.match(word[:300]))), None)
        if package is None:
            continue
        name, version = package["name"], package["version"]
        if name not in found or order(found[name].candidate) < order(version):
            found[name] = Upgrade(name, "", version, f"security advisory {advisory}")
    return tuple(found.values())


@dataclass(frozen=True)
class Cache:
    """What is kept of one archive. asked: seconds since 1970; advisories: whether it tells which updates mend holes."""

    archive: str
    asked: int
    advisories: bool


def caches(text: str) -> tuple[Cache, ...]:
    """From what CACHES prints."""
    times: dict[str, int] = {}
    telling: set[str] = set()
    for line in text.splitlines():
        if match := _CACHE.match(line):
            if match[3] == "updateinfo":
                telling.add(match[2])
            else:
                times[match[2]] = max(int(match[1]), times.get(match[2], 0))
    return tuple(Cache(name, seconds, name in telling) for name, seconds in times.items())


def now(text: str) -> int:
    """The host's clock when it printed CACHES. Raises ValueError where it did not tell."""
    return int((text.split() or [""])[-1])


def holes_told(found: tuple[Cache, ...]) -> bool:
    """Whether the system's archives tell which updates mend holes; those of CentOS do not."""
    known = [each for each in found if not _OTHER.search(each.archive)]
    system = [each for each in known if _SYSTEM.search(each.archive)]
    return all(each.advisories for each in system) if system else any(each.advisories for each in known)


@dataclass(frozen=True)
class Section:
    """A section of dnf's settings: ``main``, or an archive."""

    file: str
    name: str
    settings: dict[str, str]

    def true(self, *names: str) -> bool | None:
        """Whether the first of these that is set is true; None if none is set."""
        value = next((self.settings[name] for name in names if name in self.settings), None)
        return None if value is None else value.lower() in _TRUE


def sections(text: str) -> tuple[Section, ...]:
    """From what SETTINGS prints; a line that begins with a blank continues the one before it."""
    found: list[Section] = []
    key = ""
    for line in text.splitlines():
        file, _, said = line.partition(":")
        if said.startswith("["):
            found.append(Section(file, said.strip().strip("[]"), {}))
            key = ""
        elif found and said[:1].isspace() and key:
            found[-1].settings[key] += f" {said.strip()}"
        elif found and found[-1].file == file:
            key, _, value = said.partition("=")
            key = key.strip().lower()
            found[-1].settings[key] = value.strip()
    return tuple(found)


def unsigned(found: tuple[Section, ...]) -> tuple[str, ...]:
    """Archives whose packages nobody's signature is asked of; signed lists of packages vouch for them as well."""
    told = [each.true("gpgcheck", "pkg_gpgcheck") for each in found if each.name == "main"]
    usual = next((each for each in reversed(told) if each is not None), False)
    lists = any(each.true("repo_gpgcheck") for each in found if each.name == "main")
    names = []
    for each in (each for each in found if each.name != "main" and each.true("enabled") is not False):
        signed = each.true("gpgcheck", "pkg_gpgcheck")
        listed = each.true("repo_gpgcheck")
        if not (usual if signed is None else signed) and not (lists if listed is None else listed):
            names.append(f"{each.file} [{each.name}]")
    return tuple(names)


def excluded(found: tuple[Section, ...]) -> tuple[str, ...]:
    """Packages that no archive may update: of the main section, and not whole architectures (``*.i686``)."""
    main = [each for each in found if each.name == "main"]
    lists = (each.settings.get(name, "") for each in main for name in ("exclude", "excludepkgs"))
    return tuple(name for text in lists for name in re.split(r"[\s,]+", text) if name and not name.startswith("*"))


def automatic(text: str) -> tuple[str, bool]:
    """From what AUTOMATIC prints: how automatic updates stand, and whether only what mends a hole is installed."""
    on = {name for name, _, state in (line.partition(" ") for line in text.splitlines()) if state == "enabled"}
    said = [line.partition("=") for line in text.splitlines() if "=" in line]
    settings = {name.strip(): value.strip().lower() for name, _, value in said}
    narrow = settings.get("upgrade_type", "default") == "security"
    if not on:
        return ("off" if settings else "not installed"), narrow
    if "dnf-automatic-install.timer" in on or settings.get("apply_updates", "no") in _TRUE:
        return "on", narrow
    return "off: dnf-automatic only tells of them (apply_updates = no)", narrow
