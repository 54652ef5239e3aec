"""Whether chronyd has anybody to ask for the time, and asks, by what chronyc(1) tells with -c."""

from __future__ import annotations

import re

TRACKING = "sudo chronyc -c -n tracking"
SOURCES = "sudo chronyc -c -n sources"
ACTIVITY = "sudo chronyc -n activity"
EXCHANGES = "sudo chronyc -n ntpdata"
_ASKED = re.compile(r"^Total TX +: (\d{1,10})$", re.MULTILINE)
_HEARD = re.compile(r"^Total RX +: (\d{1,10})$", re.MULTILINE)
# With iburst, as many questions are asked within seconds of the start (chrony.conf(5)).
_ENOUGH = 4
_OFFLINE = re.compile(r"^(\d{1,6}) sources offline$", re.MULTILINE)
_DAY = 86400
_NEVER = 2**32 - 1


def _rows(sources: str) -> list[list[str]]:
    """The fields of each source that `chronyc sources` lists."""
    return [fields for line in sources.splitlines() if len(fields := line.split(",")) > 6]


def lost(tracking: str, sources: str, activity: str) -> str:
    """Why chronyd compares the clock with nothing; empty if it does, or is told to be a source itself."""
    rows = _rows(sources)
    if not rows:
        return "chrony has no server, pool or peer, and is not synchronised" if "Not synchronised" in tracking else ""
    if any(row[0] == "#" for row in rows):
        return ""  # a clock of its own: a receiver, the hypervisor's
    offline = _OFFLINE.search(activity)
    if offline and int(offline[1]) >= len(rows):
        return f"all sources of chrony ({', '.join(row[2] for row in rows[:3])}) were set offline: it asks none of them"
    silent = [int(row[6]) for row in rows if row[5] == "0" and row[6].isdecimal()]
    if len(silent) == len(rows) and _DAY <= min(silent) < _NEVER:
        return f"no source of chrony has answered for {min(silent) / _DAY:.0f} days"
    return ""


def unheard(tracking: str, sources: str) -> bool:
    """Whether the clock is not synchronised and no source was ever heard; so it is just after a start, too."""
    rows = _rows(sources)
    never = all(row[5] == "0" and row[6] == str(_NEVER) for row in rows)
    return "Not synchronised" in tracking and bool(rows) and never


def unanswered(exchanges: str) -> str:
    """What shows that all sources of `chronyc ntpdata` are silent, after enough questions to each; empty otherwise."""
    pieces = re.split(r"^Remote address +: ", exchanges, flags=re.MULTILINE)[1:]
    read = [
        (piece.split(None, 1)[0] if piece.split() else "", _ASKED.search(piece), _HEARD.search(piece))
        for piece in pieces
    ]
    found = [(where, int(asked[1]), int(heard[1])) for where, asked, heard in read if asked and heard]
    if not found or any(heard or asked < _ENOUGH for _, asked, heard in found):
        return ""
    named = ", ".join(where for where, _, _ in found[:3])
    return f"no source of chrony ({named}) has answered any of {min(asked for _, asked, _ in found)} questions"
