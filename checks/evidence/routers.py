"""How a host answers the world: from each of its addresses, the route that the kernel takes, and who the router is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.evidence.interfaces import silent

# Addresses that any host has a route to which reaches the world (of two root servers, a.root-servers.net). Nothing is
# sent there: the kernel is asked which way it would take.
_WORLD = {4: "198.41.0.4", 6: "2001:503:ba3e::2:30"}
# A router whose link address is known is not asked for; the others get a datagram, so that the kernel looks for them.
COMMAND = (
    "command -v ip >/dev/null || exit 127; w() { for a in $(ip -o address show scope global | "
    "sed -n 's/.* inet6\\{0,1\\} \\([^ /]*\\).*/\\1/p' | head -n 12); "
    f"do case $a in *:*) g={_WORLD[6]};; *) g={_WORLD[4]};; esac; "
    'echo "way $a $(ip route get $g from $a 2>&1 | head -n 1)"; done; }; t=$(w); echo "$t"; '
    "r=$(echo \"$t\" | sed -n 's/.* via \\(inet6 \\)\\{0,1\\}\\([^ ]*\\) dev \\([^ ]*\\).*/\\2 \\3/p' | "
    "sort -u | head -n 6); "
    'n() { [ -z "$r" ] || echo "$r" | while read -r a d; do ip neigh show "$a" dev "$d"; done; }; '
    'm() { [ "$(n | grep -c lladdr)" -ge "$(echo "$r" | grep -c .)" ]; }; '
    'm || ! command -v bash >/dev/null || { echo asked; echo "$r" | while read -r a d; do '
    "case $a in fe80*) a=$a%$d;; esac; "
    'bash -c "printf . > /dev/udp/$a/9" 2>/dev/null; done; for i in 1 2 3; do sleep 1; m && break; done; }; '
    "n; ip -o link show | sed -n 's/^[0-9]*: \\([^:@]*\\).*<.*NOARP.*/noarp \\1/p'"
)
_WAY = re.compile(r"way (?P<own>[0-9a-fA-F.:]{2,45}) (?P<line>.*)")
_VIA = re.compile(r" via (?:inet6 )?(\S{2,45}) dev (\S{1,20})")

# RTAX_HOPLIMIT of a route (ip-route(8), hoplimit); RFC 1700 recommends 64, and few places are farther than 30.
_HOPS = re.compile(r" hoplimit (\d{1,3})\b")
_FEWEST_HOPS = 30


@dataclass(frozen=True)
class Way:
    """The way that answers from one address take, as the kernel says. leads: there is one.

    trouble: why they arrive nowhere; empty where they do, as far as the host can tell.
    """

    own: str
    line: str
    leads: bool
    trouble: str


def ways(text: str) -> dict[str, Way]:
    """What the command showed, by the host's address; lines of another shape are passed over."""
    # What the kernel once gave up proves nothing before it was asked again.
    dead = silent(text) if "asked" in text.splitlines() else frozenset()
    found = (_way(match, dead) for line in text.splitlines() if (match := _WAY.fullmatch(line.strip())))
    return {way.own: way for way in found}


def _way(match: re.Match[str], dead: frozenset[str]) -> Way:
    own, line = match["own"], match["line"].strip()[:200]
    via = _VIA.search(line)
    if via is None:
        lost = " dev " not in line or line.startswith(("unreachable", "prohibit", "blackhole"))
        return Way(own, line, not lost, f"no route leads from {own} to the world: {line}" if lost else "")
    hops = _HOPS.search(line)
    if hops and int(hops[1]) < _FEWEST_HOPS:
        ends = f"the route from {own} ends packets after so many routers: {hops[0].strip()}"
        return Way(own, line, leads=True, trouble=ends)
    nobody = f"the router that answers from {own} go to, {via[1]} ({via[2]}), is not there: nobody has that address"
    return Way(own, line, leads=True, trouble=nobody if via[1] in dead else "")
