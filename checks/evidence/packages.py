"""The packages of a Debian or Ubuntu host: whether they are whole, where they come from, and the kernel that runs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from checks.evidence.debian_version import DebianVersion
from checks.evidence.rpm_version import order

# Anything but "installed" and "removed, but for its settings": half-installed, unpacked, awaiting triggers; and held.
STATES = r"dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\n' | grep -vE '^(ii|[purih][nc]) '"
AT_WORK = "grep -sxlE 'dpkg|dpkg-deb' /proc/[0-9]*/comm"
_OPTIONS = "Types|URIs|Suites|Components|Enabled|Trusted|Allow-Insecure"
# Passwords in the addresses of private archives are not ours to carry.
SOURCES = (
    f"grep -HsiE '^[[:space:]]*(deb[[:space:]]|({_OPTIONS})[[:space:]]*:|$)' /etc/apt/sources.list"
    " /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources | sed 's#://[^/@ ]*@#://#'"
)
# The packages whose programs mail, passwords and administrators pass through.
_PROGRAMS = (
    "postfix postfix-* exim4-base exim4-daemon-* opensmtpd sendmail-bin dovecot-* opendkim opendmarc rspamd"
    " clamav-daemon amavisd-new spamassassin openssh-server libssl*"
)
LISTED = (
    "dpkg-query -W -f '${db:Status-Status} ${binary:Package}\\n' "
    + " ".join(map(shlex.quote, _PROGRAMS.split()))
    + " 2>/dev/null | sed -n 's/^installed //p'"
)
INSECURE = "apt-config dump | grep -iE '^(Acquire::Allow|APT::Get::AllowUnauthenticated)'"
ARCHIVES = "apt-cache policy | grep -E '^ +(-?[0-9]+ [a-z]+:|release )'"
KERNEL = (
    "echo running $(uname -r); ls -1 /boot/vmlinuz-* 2>/dev/null; ls -1 /sys/kernel/livepatch 2>/dev/null |"
    " sed 's/^/patched /'"
)
_STATES = {
    "n": "removed", "c": "removed", "H": "half installed", "U": "unpacked and not configured",
    "F": "half configured", "W": "waiting for another package's triggers", "t": "waiting for its triggers",
}  # fmt: skip
_TRUE = re.compile(r"[\[\s](?:trusted|allow-insecure)\s*=\s*(?:yes|true|1)\b", re.IGNORECASE)
# Under /usr/lib, and yet no program: somebody edited a unit in place.
_SETTINGS = re.compile(r"\.(?:service|socket|timer|target|path|mount|slice|conf|preset|rules|pyc)$")
_CHANGED = re.compile(r"^(missing  |[?.\dA-Z]{9})\s+(\S)?\s*(/(?:usr/)?(?:local/)?(?:bin|sbin|lib\w*|opt)/\S+)")


@dataclass(frozen=True)
class State:
    """A package in another state than installed. held: somebody asked for it never to be upgraded."""

    package: str
    trouble: str
    held: bool


def states(listing: str) -> tuple[State, ...]:
    """From what STATES prints."""
    found = []
    for line in listing.splitlines():
        status, tab, package = line.partition("\t")
        if tab and len(status) >= 2:
            broken = "reinstallation required" if status[2:3] == "R" else _STATES.get(status[1], "")
            found.append(State(package, "" if broken == "removed" else broken, status[0] == "h"))
    return tuple(found)


def unsigned(sources: str, settings: str) -> tuple[str, ...]:
    """What lets packages in that nobody signed: sources that are trusted unseen, and settings of apt."""
    found = [line.split(":", 1)[0] for line in sources.splitlines() if _TRUE.search(line.split(":", 1)[-1])]
    for file, stanza in _stanzas(sources):
        if stanza.get("enabled") != "no" and "yes" in (stanza.get("trusted"), stanza.get("allow-insecure")):
            found.append(file)
    for line in settings.splitlines():
        name, _, value = line.partition(" ")
        if value.strip(' ";').lower() in ("1", "true", "yes", "on") and "weak" not in name.lower():
            found.append(f"{name}=true")
    return tuple(dict.fromkeys(found))


def _stanzas(sources: str) -> list[tuple[str, dict[str, str]]]:
    """The paragraphs of .sources files, by file (deb822, sources.list(5))."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in sources.splitlines():
        file, colon, text = line.partition(":")
        if not colon or not file.endswith(".sources"):
            continue
        name, _, value = text.partition(":")
        if not text.strip() or not found or found[-1][0] != file:
            found.append((file, {}))
        if text.strip():
            found[-1][1][name.strip().lower()] = value.strip().lower()
    return found


@dataclass(frozen=True)
class Archive:
    """An archive in apt's lists. release: what it says of itself (``o=Debian,a=stable,n=trixie``)."""

    release: str
    priority: int

    @property
    def security(self) -> bool:
        """Whether it is one of security updates (Debian: Debian-Security; Ubuntu: CODENAME-security)."""
        return "security" in self.release.lower()

    def beside(self, codename: str, others: tuple[Archive, ...]) -> bool:
        """Whether it is the main archive of this release, of the same publisher as one of the others."""
        said = self._said
        main = said.get("n") == codename and not said.get("a", "").startswith(f"{codename}-")
        return main and not self.security and said.get("o") in {other._said.get("o") for other in others}

    @property
    def _said(self) -> dict[str, str]:
        return dict(field.partition("=")[::2] for field in self.release.split(","))


def archives(listing: str) -> tuple[Archive, ...]:
    """From what ARCHIVES prints: the priority of each archive, and what it says of itself on the next line."""
    found = []
    priority = 500
    for line in listing.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "release":
            found.append(Archive(rest, priority))
        elif word.removeprefix("-").isdecimal():
            priority = int(word)
    return tuple(found)


def security_archive(found: tuple[Archive, ...], codename: str) -> bool:
    """Whether apt's lists hold an archive of security updates, for this release."""
    return any(each.security and codename in each.release for each in found)


# apt_preferences(5): below 100, the priority of what is installed, a version is for new packages only, or for nobody.
_UPGRADES = 100


def passed_over(found: tuple[Archive, ...], codename: str) -> str:
    """Why apt does not take what the archive of security updates offers; empty if it does."""
    security = tuple(each for each in found if each.security and codename in each.release)
    ours = max((each.priority for each in security), default=_UPGRADES)
    main = max((each.priority for each in found if each.beside(codename, security)), default=ours)
    if ours < _UPGRADES:
        return f"its priority is {ours}, and what is below {_UPGRADES} replaces nothing that is installed"
    return f"its priority is {ours}, that of {codename} itself {main}" if ours < main else ""


@dataclass(frozen=True)
class Kernel:
    """The kernel that runs, and those in /boot. patched: it is mended while it runs (livepatch)."""

    running: str
    installed: tuple[str, ...]
    patched: bool

    @property
    def newest(self) -> str:
        """The newest kernel of the same flavour (``-amd64``, ``-generic``)."""
        flavour = _flavour(self.running)
        same = [name for name in self.installed if _flavour(name) == flavour] or [self.running]
        of_rpm = re.search(r"\.(?:el|fc)\d", self.running)
        return max(same, key=order) if of_rpm else max(same, key=DebianVersion)


def kernel(text: str) -> Kernel:
    """From what KERNEL prints."""
    lines = text.splitlines()
    running = next((line.removeprefix("running ").strip() for line in lines if line.startswith("running ")), "")
    names = (line.rpartition("/vmlinuz-")[2] for line in lines if line.startswith("/boot/vmlinuz-"))
    found = tuple(name for name in names if name[:1].isdigit() and "rescue" not in name)
    return Kernel(running, found, any(line.startswith("patched ") for line in lines))


def _flavour(name: str) -> str:
    return re.sub(r"^[0-9.]+(?:-(?:rc)?[0-9.]+)?(?:(?:el|fc)\d+(?:_\d+)?)?", "", name)


def changed_programs(verified: str) -> tuple[str, ...]:
    """Programs and libraries that differ from what their package brought, by `dpkg --verify`; settings may differ."""
    found = (_CHANGED.match(line) for line in verified.splitlines())
    programs = (m for m in found if m and m[2] != "c" and not _SETTINGS.search(m[3]))
    return tuple(m[3] + (" is missing" if m[1].startswith("missing") else "") for m in programs)
