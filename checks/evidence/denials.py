"""What AppArmor and SELinux have kept mail programs from, as the kernel and auditd tell it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Of the last hours only: what was mended in the morning is no trouble by night. Where auditd runs, it takes the lines
# from the kernel's log. "seen" says that one of the two is kept at all, from whatever day: a kernel may well be silent
# for hours. The lines about a container's programs are in the log of the machine that carries it.
_KERNEL = "_TRANSPORT=kernel + _TRANSPORT=audit"
QUERY = (
    f"sudo sh -c '{{ journalctl -q --no-pager -n 100000 -o short-unix --since -6hours {_KERNEL}; "
    "tail -c 4000000 /var/log/audit/audit.log; } 2>/dev/null | "
    'grep -aE "apparmor=.?DENIED|avc: +denied" | grep -v permissive=1 | tail -n 200; '
    f"if {{ journalctl -q --no-pager -n 1 {_KERNEL}; tail -n 1 /var/log/audit/audit.log; }} 2>/dev/null | grep -q .; "
    'then echo seen; elif systemd-detect-virt -cq; then echo container; fi; date "+now %s"\''
)
_HOURS = 6
_WHEN = re.compile(r"^(\d{9,11})\.\d|\baudit\((\d{9,11})\.\d")
_WORD = re.compile(r'\b(operation|profile|name|comm|scontext|class|tclass|path|dev)=(?:"([^"]{1,300})"|(\S{1,300}))')
_PROGRAMS = {
    "postfix", "smtp", "smtpd", "cleanup", "qmgr", "pickup", "lmtp", "exim", "exim4", "opensmtpd", "dovecot", "imap",
    "pop3", "managesieve", "opendkim", "opendmarc", "rspamd", "clamd", "clamav", "freshclam", "amavis", "amavisd",
    "spamd", "spamc", "postgrey", "policyd", "unbound", "named", "fail2ban", "rsyslogd", "syslogd",
}  # fmt: skip
# What stock profiles deny on healthy hosts without anybody missing it. SELinux tells the last part of a path only, and
# the file system's kind.
_HARMLESS = re.compile(
    r"^/(proc|sys|dev|usr/(lib|share)|lib|etc/(ssl/openssl\.cnf|gss|gnutls|crypto-policies|nss))(/|\.|$)"
)
_HARMLESS_DEVICES = ("proc", "sysfs", "devtmpfs", "debugfs")
# Containers, snaps and virtual machines: what runs in them is no program of this host. Domains of SELinux likewise.
_GUEST = re.compile(r"^:?(lxc|lxd|incus|docker|snap|libvirt|containers-default|cri-containerd|podman)\b")
_GUEST_TYPE = re.compile(r"^(container_|svirt_|spc_t$)")
_OPERATIONS = (
    "open",
    "create",
    "connect",
    "mknod",
    "unlink",
    "rename",
    "exec",
    "file_",
    "mkdir",
    "link",
    "bind",
    "sendmsg",
)
_CLASSES = ("file", "dir", "sock_file", "unix_stream_socket", "tcp_socket", "lnk_file")


@dataclass(frozen=True)
class Denial:
    """program: by its process's name; what: the operation and what it was tried on; times: how often."""

    program: str
    what: str
    times: int

    def __str__(self) -> str:
        return f"{self.program}: {self.what}{f' ({self.times} times)' if self.times > 1 else ''}"


def denials(text: str) -> tuple[Denial, ...]:
    """Of the last hours, by program and what it tried; other programs and harmless wishes are passed over."""
    *lines, last = text.splitlines() or [""]
    now = int(last[4:]) if re.fullmatch(r"now \d{9,11}", last) else 0
    counted: dict[tuple[str, str], int] = {}
    for line in lines:
        when = _WHEN.search(line)
        if when and now - int(when[1] or when[2]) < _HOURS * 3600 and (found := _denial(line)):
            counted[found] = counted.get(found, 0) + 1
    return tuple(Denial(program, what, times) for (program, what), times in counted.items())


def _denial(line: str) -> tuple[str, str] | None:
    words = {name: quoted or bare for name, quoted, bare in _WORD.findall(line)}
    program, place = words.get("comm", ""), words.get("name") or words.get("path", "")
    if not _of_mail(words) or _harmless(line, words, place):
        return None
    if "operation" in words:
        done = words["operation"] if words["operation"].startswith(_OPERATIONS) and place else ""
    else:
        tried = re.search(r"denied +\{ ([\w ]{1,60}) \}", line)
        done = tried[1] if tried and words.get("tclass") in _CLASSES else ""
    return (program or words.get("profile", ""), f"{done} {place or words.get('tclass', '')}".strip()) if done else None


def _of_mail(words: dict[str, str]) -> bool:
    """Whether a word of the process's name, its profile or its SELinux type is a mail program's.

    Of a profile named after a path, the last two parts count (/usr/lib/dovecot/auth).
    """
    profile, kind = words.get("profile", ""), _type(words)
    if _GUEST.match(profile) or _GUEST_TYPE.match(kind):
        return False
    named = "/".join(profile.partition("//")[0].split("/")[-2:])
    return not _PROGRAMS.isdisjoint(re.findall(r"[a-z0-9]+", f"{words.get('comm', '')} {named} {kind}".lower()))


def _type(words: dict[str, str]) -> str:
    """The third part of user:role:type:level."""
    return (words.get("scontext", "").split(":") + [""] * 3)[2]


def _harmless(line: str, words: dict[str, str], place: str) -> bool:
    """AppArmor cannot name a file that was opened in another mount namespace, and denies it: "disconnected path"."""
    elsewhere = "disconnected path" in line or 'namespace="root//' in line
    return elsewhere or words.get("dev") in _HARMLESS_DEVICES or bool(_HARMLESS.match(place))
