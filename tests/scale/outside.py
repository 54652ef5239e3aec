"""Outside probes of many domains and servers: the lab's Postfix and Knot answer as each of them, and DNS, TLS and SMTP
are real. One observer in the lab looks at all of them at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from checks.verdict import PASS, SKIP
from reports.verdicts import read_run
from tests.bench.fault import Action
from tests.bench.lab import INVENTORY, Lab, free_labs
from tests.scale.cost import Cost, audit, cost
from tests.scale.ground import address
from tests.scale.table import Row

SIZES = (1, 10, 50, 200)
TOPICS = " or ".join(f"check_{topic}" for topic in (
    "domain", "mx", "spf", "dmarc", "name_servers", "smtp", "starttls", "certificate", "tls", "extensions", "login",
    "relay_outside", "dane",
))  # fmt: skip
# The lab's servers that strangers look at; the slowest of them decides how long all of them take.
SERVERS = ("mx1", "mx2", "submit1")
_MX = "10.77.1.11"


def outside(_run: Path, folder: Path, share: float) -> Iterator[Row]:
    """The lab's own servers, each alone and all at once; then as many domains as are asked for."""
    (lab,) = free_labs(1, folder, threading.Event())
    try:
        lab.up()
        yield _together(lab, folder)
        lab.do(Action("ns1", _zone(max(SIZES))))
        lab.do(Action("mx1", _SERVER))
        lab.do(Action("router", f"ip route replace 10.78.0.0/16 via {_MX}"))
        first = None
        for size in SIZES:
            if size <= max(1, 200 * share):
                inventory = _inventory(folder, size)
                _audit(lab, folder / "of", inventory)
                spent = _audit(lab, folder / "of", inventory)
                first = first or spent
                yield _row(size, spent, first)
    finally:
        lab.down()


# One server behind 65,000 addresses, that minds neither hundreds of connections of one client nor foreign recipients.
_SERVER = """
systemctl stop fail2ban
ip route replace local 10.78.0.0/16 dev lo
postconf -e smtpd_client_connection_count_limit=0 smtpd_client_connection_rate_limit=0 default_process_limit=400
postfix reload
"""


def _zone(size: int) -> str:
    """The command that adds so many mail domains to a zone, each with a server of its own."""
    rows = "\n".join(
        f"d{n}\tMX 10 m{n}\nd{n}\tTXT \"v=spf1 mx -all\"\nm{n}\tA {address(n)}" for n in range(size)
    )  # fmt: skip
    return f"cat >>/etc/knot/zones/alpha.test.zone <<'END'\n{rows}\nEND\nrepublish alpha.test"


def _inventory(folder: Path, size: int) -> Path:
    """Hosts that nobody can log in to, so that all that is known of them comes from outside; and the observer."""
    site = folder / f"inventory{size}" / "outside"
    site.mkdir(parents=True)
    hosts = {
        f"m{n}": {
            "ansible_ssh_executable": "/bin/false", "ansible_host": address(n), "mailassay_roles": ["mx"],
            "mailassay_hostname": f"m{n}.alpha.test", "mailassay_domains": [f"d{n}.alpha.test"],
            "mailassay_observer": "outside1",
        }
        for n in range(size)
    }  # fmt: skip
    watcher = {"mailassay_roles": ["client"], "mailassay_hostname": "outside1.outside.test"}
    (site / "hosts.yml").write_text(yaml.safe_dump({"lab": {"hosts": hosts | {"outside1": watcher}}}))
    for name in ("ansible.cfg", "group_vars", "ssh_config"):
        (site / name).symlink_to(INVENTORY / name)
    return site / "hosts.yml"


def _audit(lab: Lab, out: Path, inventory: Path, *more: str) -> Cost:
    argv = audit("--inventory", inventory, "--out", out, "-k", TOPICS, *more)
    spent = cost(argv, environment={"MAILASSAY_LAB": str(lab.number)}, log=out.parent / "log")
    _all_seen(next(out.glob("*/latest")).resolve())
    return spent


def _all_seen(run: Path) -> None:
    """Servers that did not come to greet cost nothing, and nothing would be measured."""
    greeted = [v.verdict for v in read_run(run).verdicts if v.check == "smtp.greets"]
    if not greeted.count(PASS) or not set(greeted) <= {PASS, SKIP}:
        raise RuntimeError(f"only {greeted.count(PASS)} of {len(greeted)} servers greeted: not measured")


def _together(lab: Lab, folder: Path) -> Row:
    own = INVENTORY / "hosts.yml"
    out = folder / "lab"  # one for all: what is looked at once a day is looked at in the first, and not measured
    _audit(lab, out, own, "--limit", ",".join(SERVERS))
    alone: Sequence[float] = [_audit(lab, out, own, "--limit", host).wall for host in SERVERS]
    whole = _audit(lab, out, own, "--limit", ",".join(SERVERS))
    slowest = max(alone)
    return Row("the three servers of the lab that speak SMTP, at once", (
        f"{whole.wall:.1f} s", f"{whole.wall / slowest:.2f} of the slowest alone ({slowest:.1f} s)",
        f"{whole.processor:.1f} s", f"{whole.memory:.0f} MB",
    ))  # fmt: skip


def _row(size: int, spent: Cost, first: Cost) -> Row:
    return Row(f"{size} domain{'s, each' if size > 1 else ''} with a server", (
        f"{spent.wall:.1f} s", f"{spent.wall / first.wall:.2f} of one alone", f"{spent.processor:.1f} s",
        f"{spent.memory:.0f} MB",
    ))  # fmt: skip
