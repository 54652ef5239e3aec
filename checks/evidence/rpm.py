"""The packages of a host of the RHEL family, from rpm's own database: no network, no lock, nothing is changed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.packages import State

_RPM = "command -v rpm >/dev/null || exit 127; "
# In the form in which dpkg-query lists them: what is installed is "ii".
_INSTALLED = r"rpm -q --qf '%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\tii\n'"
# Packages of which several versions belong beside each other (dnf.conf(5), installonlypkgs).
_BESIDE = "kernel|kmod-|gpg-pubkey"
# rpm replaces a package by adding the new one and taking the old one away: both, where it was cut off in between.
TWICE = (
    f"{_RPM}l=$(rpm -qa --qf '%{{NAME}}.%{{ARCH}}\\n') || exit 4; "
    f"echo \"$l\" | sort | uniq -d | grep -vE '^({_BESIDE})' | head -n 50; true"
)
AT_WORK = "grep -sxlE 'rpm|yum|dnf|dnf5|dnf-3|dnf-automatic' /proc/[0-9]*/comm"
# Only what the file holds: owners and modes are changed on purpose, and rpm tells of the settings by itself.
_PROGRAMS = (
    'postfix "postfix-*" exim "exim-*" opensmtpd sendmail dovecot "dovecot-*" opendkim opendmarc rspamd'
    ' clamd "clamav*" amavis spamassassin openssh-server openssl-libs'
)
_ONLY = "--nodeps --noscripts --nomode --nouser --nogroup --nomtime --nordev --nolinkto --nocaps"
_VERIFY = f'{_RPM}p=$(rpm -qa {_PROGRAMS}) || exit 4; [ -z "$p" ] || rpm -V {_ONLY} $p | head -n 200; true'
CHANGED = f"sudo sh -c {shlex.quote(_VERIFY)}"
# What the vendor's needs-restarting asks a reboot for, but the kernel; firmware is a matter of real machines.
_NEED_REBOOT = "glibc systemd dbus dbus-broker dbus-daemon"
STARTED = (
    f"{_RPM}up=$(ps -o etimes= -p 1) && echo $(($(date +%s) - up)) started; "
    f"rpm -q --qf '%{{INSTALLTIME}} %{{NAME}}\\n' {_NEED_REBOOT} "
    "$(grep -qsw hypervisor /proc/cpuinfo || echo linux-firmware microcode_ctl); true"
)


def installed(names: Iterable[str]) -> str:
    """The question for the versions of these packages."""
    return f"{_RPM}{_INSTALLED} {' '.join(names)}; true"


def changelog(package: str, names: str) -> str:
    """The question for these names (a pattern) in a package's changelog."""
    return f"rpm -q --changelog {package} | grep -oiE '{names}' | sort -u"


def twice(listing: str) -> tuple[State, ...]:
    """From what TWICE prints."""
    names = (line.strip() for line in listing.splitlines() if line.strip())
    return tuple(State(name.rpartition(".")[0] or name, "installed in two versions", False) for name in names)


@dataclass(frozen=True)
class Start:
    """When the host started, in seconds since 1970, and which core packages were installed since."""

    moment: int
    installed_since: tuple[str, ...]


def start(text: str) -> Start | None:
    """From what STARTED prints; None if the host does not tell when it started."""
    times: dict[str, int] = {}
    for line in text.splitlines():
        seconds, _, name = line.partition(" ")
        if seconds.isascii() and seconds.isdecimal() and len(seconds) < 12 and name and " " not in name:
            times[name] = max(int(seconds), times.get(name, 0))
    moment = times.pop("started", None)
    if moment is None:
        return None
    return Start(moment, tuple(sorted(name for name, seconds in times.items() if seconds > moment)))
