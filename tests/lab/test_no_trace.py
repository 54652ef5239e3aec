"""An audit changes nothing on a host, and ten in a row get nobody banned, delayed or sent away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
RUN = Path("/run/mailassay-lab") / (os.environ.get("MAILASSAY_LAB") or "0")
HOSTS = ("ns1", "mx1", "mx2", "submit1", "box1", "relay1", "relay2", "neglected1", "outside1")
GUARDED = ("mx1", "submit1", "box1")
AUDITS = 10
# Daemons that save their counters by their own clock do so within this many seconds (Rspamd's stats.ucl: 60).
OWN_CLOCK = 75

# What serving anybody at all writes: logs and the guard's place in them, who logged in, TLS random seeds and caches,
# a connection's own files in the queue.
SERVING = re.compile(
    r"/var/log/|/var/lib/fail2ban/|/(?:wtmp|btmp|lastlog|utmp)$|/var/lib/systemd/|prng_exch$|_scache|/verify_cache"
    r"|/var/lib/postfix$|/var/spool/(?:postfix|exim4|smtpd)/(?:[\w/]*/)?(?:active|incoming|maildrop|input|tmp|public|private|pid)(?:/|$)"
)


def snapshot() -> dict[str, tuple[int, int, int]]:
    """By host and path: when each file or folder was changed, its size and its mode; folders tell of files gone again."""
    seen = {}
    for host in HOSTS:
        for top in (RUN / host).glob("disk*/upper"):
            for path in (top, *top.rglob("*")):
                found = path.lstat()
                seen[f"{host}/{path.relative_to(top)}"] = (found.st_mtime_ns, found.st_size, found.st_mode)
    return seen


def changed(before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]]) -> set[str]:
    """What differs, but for what serving anybody writes."""
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return {name for name in names if not SERVING.search("/" + name.partition("/")[2])}


def audit(out: Path) -> float:
    """One audit, as `make audit` does it; the seconds that it took."""
    began = time.monotonic()
    inventory = ("--inventory", "inventories/lab/hosts.yml", "--expect", "inventories/lab/expected.yml")
    argv = [sys.executable, "-m", "pytest", "checks", *inventory, "--out", str(out)]
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    return time.monotonic() - began


def state(lab: Command) -> dict[str, str]:
    """What may be in force without being on disk: firewall rules, bans, queues."""
    ask = "nft -s list ruleset; iptables-save 2>/dev/null | grep -v '^#'; fail2ban-client banned 2>/dev/null"
    queue = "; mailq 2>/dev/null | tail -1; exim -bpc 2>/dev/null; smtpctl show queue 2>/dev/null | wc -l"
    # Packet counters of iptables-save stand in brackets.
    return {host: re.sub(r"\[\d+:\d+\]", "", lab("sh", host, f"{ask}{queue}; true").stdout) for host in HOSTS}


@dataclass(frozen=True)
class Runs:
    """What was seen. idle, audited: files changed in a time of nothing and in each of two audits; before, after: see state()."""

    folder: Path
    idle: set[str]
    audited: set[str]
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def runs(lab: Command, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """An audit, at least as long a time of nothing, and nine audits more, with what changed on the hosts meanwhile."""
    lab("reset", seconds=300)
    out = tmp_path_factory.mktemp("runs")
    seconds = audit(out)
    before = snapshot()
    time.sleep(max(seconds, OWN_CLOCK))
    idle = snapshot()
    in_force = state(lab)
    audit(out)
    once = snapshot()
    after = state(lab)
    audit(out)
    # What an audit writes it writes each time; what one of two saw was written by a daemon's slower clock.
    audited = changed(idle, once) & changed(once, snapshot())
    for _ in range(AUDITS - 3):
        audit(out)
    return Runs(out, changed(before, idle), audited, in_force, after)


def test_an_audit_changes_no_file(runs: Runs) -> None:
    """The overlays of all hosts show what was written: nothing that an idle time would not have written as well."""
    assert runs.audited - runs.idle == set()


def test_an_audit_changes_no_rule_ban_or_queue(runs: Runs) -> None:
    assert runs.after == runs.before


def test_ten_audits_in_a_row_get_nobody_banned(runs: Runs, lab: Command) -> None:
    """Every one of them was clean, and no guard counted the observer out."""
    assert len(list(runs.folder.glob("*/2*"))) == AUDITS
    for host in GUARDED:
        assert re.findall(r"\S+", lab("sh", host, "fail2ban-client banned").stdout)
        assert not re.search(r"\d+\.\d+\.\d+\.\d+|fd77", lab("sh", host, "fail2ban-client banned").stdout)


def test_ten_audits_in_a_row_are_not_sent_away(runs: Runs) -> None:
    """No healthy server says 421, slows down or closes early because it was asked too often."""
    files = [p for p in runs.folder.glob("*/2*/transcripts/*.txt") if "neglected" not in p.name]
    assert len({path.parent for path in files}) == AUDITS
    sent_away = [
        f"{p.name}: {line}" for p in files for line in p.read_text().splitlines() if re.match(r"\s*S: 4\d\d", line)
    ]
    assert sent_away == []
