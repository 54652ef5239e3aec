"""Ways to become root: sudo's rules (sudoers(5)), and the keys that root lets in (sshd(8), ssh-keygen(1) -l)."""

from __future__ import annotations

import re
from dataclasses import dataclass

SUDO_FILES = (
    "command -v sudo >/dev/null || exit 127; "
    "stat -L -c '%a|%U|%G|%Y|%F|%n' /etc/sudoers /etc/sudoers.d /etc/sudoers.d/* 2>/dev/null; true"
)
SUDO_RULES = (
    "command -v sudo >/dev/null || exit 127; "
    "sed -e ':a' -e '/\\\\$/N; s/\\\\\\n//; ta' /etc/sudoers /etc/sudoers.d/* 2>/dev/null |"
    " grep -E '^[^#]*(NOPASSWD|!authenticate)'"
)
# With -f it judges the syntax alone: modes are judged elsewhere, and visudo is stricter there than sudo itself.
SUDO_SYNTAX = "command -v visudo >/dev/null || exit 127; visudo -c -f /etc/sudoers 2>&1"
KEY_FILES = "stat -L -c '%a|%U|%G|%Y|%F|%n' /root /root/.ssh /root/.ssh/authorized_keys* 2>/dev/null; true"
KEYS = (
    "command -v ssh-keygen >/dev/null || exit 127; "
    "for f in /root/.ssh/authorized_keys /root/.ssh/authorized_keys2; do [ -s $f ] && ssh-keygen -lf $f; done; true"
)
_KEY = re.compile(r"(\d{2,6}) (SHA256:\S{1,64}) (.*) \(([A-Z0-9-]{2,20})\)")
# Accounts of programs that read what strangers send; no program of theirs needs all that root may.
_DAEMONS = frozenset((
    "postfix", "dovecot", "dovenull", "vmail", "mail", "Debian-exim", "exim", "exim4", "opensmtpd", "smtpd", "opendkim",
    "opendmarc", "clamav", "amavis", "_rspamd", "rspamd", "debian-spamd", "spamd", "postgrey", "policyd-spf", "mailman",
    "list", "www-data", "apache", "nginx", "roundcube", "fetchmail", "nobody", "daemon",
))  # fmt: skip
_LEAST = {"RSA": 2048, "DSA": 100000}


@dataclass(frozen=True)
class Key:
    """A key. fingerprint: ``SHA256:…``; comment: whose it is, as the file says."""

    bits: int
    fingerprint: str
    comment: str
    kind: str

    @property
    def weak(self) -> bool:
        """DSA, or a short RSA key."""
        return self.bits < _LEAST.get(self.kind, 0)

    def __str__(self) -> str:
        return f"{self.fingerprint} ({self.kind} {self.bits}, {self.comment[:60] or 'no comment'})"


def keys(text: str) -> tuple[Key, ...]:
    """From `ssh-keygen -l`; lines of another shape are passed over."""
    found = (_KEY.fullmatch(line.strip()) for line in text.splitlines())
    return tuple(dict.fromkeys(Key(int(m[1]), m[2], m[3], m[4]) for m in found if m))


def without_password(rules: str) -> tuple[str, ...]:
    """Whom the rules let become somebody else without a password; ``Defaults:USER !authenticate`` does as well."""
    found = []
    for line in rules.splitlines():
        words = line.split()
        if words and words[0].startswith("Defaults"):
            found.append(words[0].partition(":")[2] or "everybody")
        elif words:
            whom, *_ = line.partition("=")[0].rsplit(None, 1) or [""]
            found += [name for name in re.split(r"[,\s]+", whom.strip()) if name]
    return tuple(dict.fromkeys(found))


def daemons_as_root(rules: str) -> tuple[str, ...]:
    """Accounts of daemons that may run every command (``ALL``) as root without a password."""
    whole = [
        line for line in rules.splitlines() if re.search(r"[:,]\s*ALL\s*(,|$)", line) or line.startswith("Defaults")
    ]
    return tuple(name for name in without_password("\n".join(whole)) if name in _DAEMONS)
