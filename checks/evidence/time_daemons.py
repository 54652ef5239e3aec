"""Whether systemd-timesyncd or ntpd (ntpsec) hears anybody who knows the time."""

from __future__ import annotations

import re

# systemd-timesyncd(8) touches this file whenever it has set or confirmed the clock; timedatectl would start
# a service to tell.
TIMESYNCD = (
    "date +%s; ps -C systemd-timesyn -o etimes= | head -n 1; "
    "stat -c %Y /run/systemd/timesync/synchronized 2>/dev/null || echo never; "
    "systemctl show -p StatusText systemd-timesyncd.service"
)
NTPD = "command -v ntpq >/dev/null || exit 127; ps -C ntpd -o etimes= | head -n 1; timeout 8 ntpq -pn 2>&1"
# Both ask within seconds of their start, and then once in 34 minutes at least (2^11 s; ntpd: 2^10 s).
_PATIENCE = 900
_DAY = 86400
# Column t: the kind of source, or how many NTS cookies ntpsec holds for it.
_PEER = re.compile(r"[ x.\-+#*o]\S+ +\S+ +\d+ +[a-zA-Z0-9] +\S+ +\d+ +([0-7]{1,3}) ")


def timesyncd_lost(text: str) -> str:
    """Why timesyncd compares the clock with nothing, from TIMESYNCD; empty if it does. Raises ValueError."""
    now, running, heard, *rest = [line.strip() for line in text.splitlines()] + [""] * 4
    if not (_number(now) and _number(running) and (heard == "never" or _number(heard))):
        raise ValueError("systemd-timesyncd tells nothing of itself")
    said = next((line.partition("=")[2] for line in rest if line.startswith("StatusText=")), "")[:100]
    if heard == "never" and int(running) > _PATIENCE:
        return f"nobody has told systemd-timesyncd the time in {int(running) // 60} minutes ({said or 'no status'})"
    if heard != "never" and int(now) - int(heard) > _DAY < int(running):
        return f"nobody has told systemd-timesyncd the time for {(int(now) - int(heard)) // 3600} hours"
    return ""


def ntpd_lost(text: str) -> str:
    """The same of ntpd, from NTPD. reach is octal, and 0 where none of the last eight questions was answered."""
    running, _, table = text.partition("\n")
    if not _number(running.strip()) or int(running) <= _PATIENCE:
        return ""
    if "No association" in table:
        return "ntpd has no server, pool or peer"
    reached = [match[1] for line in table.splitlines() if (match := _PEER.match(line))]
    if not reached:
        raise ValueError("ntpq gets no answer from ntpd")
    return f"none of ntpd's {len(reached)} sources has answered of late" if not any(map(int, reached)) else ""


def _number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 20
