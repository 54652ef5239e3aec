"""How systemd's journal is kept: in memory or on disk, how much of it, and since when (journald.conf(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass

CONF = (
    "systemd-analyze cat-config systemd/journald.conf 2>/dev/null "
    "|| cat /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf"
)
# First line of all, last line of mail (facility 2, RFC 5424 §6.2.1), and the room that the journal has and takes.
SPAN = (
    "sudo sh -c 'for d in /var/log/journal /run/log/journal; do test -d $d && echo \"folder $d $(du -sk $d | cut -f1)"
    ' $(df -Pk $d | tail -n 1 | tr -s " " | cut -d" " -f2)"; done; '
    'echo "first $(journalctl -q --no-pager -o short-unix | head -n 1)"; '
    'echo "mail $(journalctl -q --no-pager -o short-unix -n 1 SYSLOG_FACILITY=2)"; true\' 2>/dev/null'
)
# The units whose lines tell of mail, and the highest level that each may write (systemd.exec(5)).
LEVELS = "systemctl show --no-pager -p Id,LogLevelMax 'postfix*' 'exim*' 'opensmtpd*' 'dovecot*'"
# RFC 5424 §6.2.1: the levels above info, by name and by number. What becomes of each message is told at info.
_ABOVE_INFO = frozenset({"emerg", "alert", "crit", "err", "warning", "notice", *"012345"})
# How systemd.syntax(7) spells a switch that is off.
_NO = frozenset({"no", "n", "false", "f", "off", "0"})
_UNITS = {"": 1 / 1024, "K": 1.0, "M": 1024.0, "G": 1024.0**2, "T": 1024.0**3}
_FOUR_GIB = 4 * 1024.0**2


@dataclass(frozen=True)
class Journal:
    """Sizes in KiB; first, mail: seconds since 1970 of the oldest line and of mail's newest, None if there is none."""

    storage: str
    on_disk: bool
    used: float
    most: float
    first: float | None
    mail: float | None
    last_line: str

    @property
    def volatile(self) -> bool:
        """Gone with the next boot."""
        return not self.on_disk or self.storage in ("volatile", "none")

    @property
    def full(self) -> bool:
        """Old lines make room for new ones."""
        return self.used >= 0.75 * self.most


def journal(conf: str, span: str) -> Journal:
    """From the two commands."""
    settings = _settings(conf)
    folders, lines = {}, {}
    for line in span.splitlines():
        word, _, rest = line.partition(" ")
        fields = rest.split()
        if word == "folder" and len(fields) == 3 and fields[1].isdecimal() and fields[2].isdecimal():
            folders[fields[0]] = (float(fields[1]), float(fields[2]))
        elif word in ("first", "mail"):
            lines[word] = rest
    on_disk = "/var/log/journal" in folders
    used, whole = folders.get("/var/log/journal" if on_disk else "/run/log/journal", (0.0, 0.0))
    limit = _size(settings.get("SystemMaxUse" if on_disk else "RuntimeMaxUse", ""))
    mail = lines.get("mail", "")
    most = limit or min(whole / 10, _FOUR_GIB)
    storage = settings.get("Storage", "auto").lower()
    return Journal(storage, on_disk, used, most, _moment(lines.get("first", "")), _moment(mail), mail)


def _settings(conf: str) -> dict[str, str]:
    """The settings of journald; later ones take the place of earlier ones."""
    settings = {}
    for line in conf.splitlines():
        if (found := re.match(r"\s*(\w+)\s*=\s*(.*?)\s*$", line)) and not line.startswith("#"):
            settings[found[1]] = found[2]
    return settings


def shut_out(conf: str, way: str) -> str:
    """The setting by which journald drops lines of level info. way: Store, or Syslog for those it passes on."""
    name = f"MaxLevel{way}"
    level = _settings(conf).get(name, "")
    return f"{name}={level}" if level.lower() in _ABOVE_INFO else ""


def unforwarded(conf: str) -> str:
    """The setting by which journald hands nothing to a syslog daemon; what goes unsaid is the distribution's choice."""
    value = _settings(conf).get("ForwardToSyslog", "")
    return f"ForwardToSyslog={value}" if value.lower() in _NO else ""


def units_shut_out(shown: str) -> dict[str, str]:
    """The same of each unit, from LEVELS."""
    blocks = (dict(line.partition("=")[::2] for line in block.splitlines()) for block in shown.split("\n\n"))
    levels = {block["Id"]: block.get("LogLevelMax", "") for block in blocks if "Id" in block}
    return {unit: f"LogLevelMax={level}" for unit, level in levels.items() if level.lower() in _ABOVE_INFO}


def _size(text: str) -> float:
    found = re.fullmatch(r"(\d{1,15})([KMGT]?)", text)
    return int(found[1]) * _UNITS[found[2]] if found else 0.0


def _moment(line: str) -> float | None:
    found = re.match(r"(\d{1,12}\.\d{1,9}) ", line)
    return float(found[1]) if found else None
