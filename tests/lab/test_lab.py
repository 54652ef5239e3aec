"""The lab keeps its promises: mail flows, DNS validates, a reset heals, nothing leaks."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.lab.conftest import CHECKOUT, LAB, Command

pytestmark = pytest.mark.lab
HEALTHY = ("ns1", "mx1", "mx2", "submit1", "box1", "relay1", "relay2", "outside1")


def supervisors() -> dict[str, str]:
    """The process number of each host's machine: it changes when a host is started again."""
    run = Path("/run/mailassay-lab") / (os.environ.get("MAILASSAY_LAB") or "0")
    return {path.parent.name: path.read_text() for path in run.glob("*/pid")}


def test_submitted_mail_reaches_a_mailbox(lab: Command) -> None:
    """Mail sent through submit1 is signed, accepted by an MX with DKIM, SPF and DMARC passing, and read over IMAP."""
    message = lab("run", "--", sys.executable, str(CHECKOUT / "tests/lab/deliver.py")).stdout
    assert re.search(r"by mx[12]\.alpha\.test", message)
    assert "by submit1.alpha.test" in message
    for verdict in ("dkim=pass", "spf=pass", "dmarc=pass"):
        assert verdict in message


@pytest.mark.parametrize("host", HEALTHY)
def test_healthy_hosts_have_no_failed_unit(lab: Command, host: str) -> None:
    """Every service of a healthy host runs, and no security update is pending as of its package lists."""
    assert lab("sh", host, "systemctl is-system-running").stdout.strip() == "running"
    assert "0 upgraded" in lab("sh", host, "apt-get -s -q upgrade").stdout


@pytest.mark.parametrize("name", ["alpha.test MX", "_25._tcp.mx1.alpha.test TLSA", "11.1.77.10.in-addr.arpa PTR"])
def test_signed_names_validate(ask: Callable[[str, str], list[str]], name: str) -> None:
    """The resolver validates the lab's zones up to the lab's root."""
    assert ask(*name.split())[0] == "NOERROR AD"


def test_bogus_names_do_not_resolve(ask: Callable[[str, str], list[str]]) -> None:
    """A zone whose DS does not match its key is refused; a name outside the lab does not exist."""
    assert ask("bogus.test", "TXT")[0].startswith("SERVFAIL")
    assert ask("example.com", "A")[0] == "NXDOMAIN AD"


def test_block_list_lists_its_test_entries(ask: Callable[[str, str], list[str]]) -> None:
    """RFC 5782 §5: 127.0.0.2 is listed, 127.0.0.1 never; neglected1 is listed."""
    assert ask("2.0.0.127.dnsbl.test", "A")[0] == "NOERROR AD"
    assert ask("1.0.0.127.dnsbl.test", "A")[0] == "NXDOMAIN AD"
    assert "127.0.0.2" in ask("19.1.77.10.dnsbl.test", "A")


@pytest.mark.usefixtures("lab")
def test_ssh_reaches_a_host_without_privilege() -> None:
    """The committed ssh_config opens a shell on a lab host as the audit's user, its host key checked."""
    config = str(CHECKOUT / "inventories/lab/ssh_config")
    words = ["ssh", "-F", config, "mx1", "id -un; hostname; sudo -n id -un"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.split() == ["audit", "mx1", "root"], done.stderr


def test_reset_heals_a_host(lab: Command) -> None:
    """Files, services, firewall rules and disks of a broken host are as configured again."""
    lab(
        "sh",
        "mx1",
        "touch /etc/broken; systemctl stop postfix; nft flush ruleset; ip link set eth0 down; rm /etc/aliases",
    )
    lab("reset", "mx1")
    state = lab(
        "sh", "mx1", "ls /etc/broken /etc/aliases; systemctl is-active postfix; nft list ruleset | grep -c drop"
    ).stdout
    assert state.split() == ["/etc/aliases", "active", "3"]


def test_others_stay_up_while_one_is_reset(lab: Command) -> None:
    """A reset of one host leaves the others alone, and they find it again at once."""
    before = supervisors()
    lab("reset", "mx2")
    after = supervisors()
    assert {name for name in before if before[name] != after[name]} == {"mx2"}
    greeting = "bash -c 'exec 3<>/dev/tcp/mx2.alpha.test/25; head -1 <&3'"
    assert lab("sh", "mx1", greeting).stdout.startswith("220 ")


def test_up_twice_changes_nothing(lab: Command) -> None:
    """A second `up` restarts nothing."""
    before = supervisors()
    lab("up")
    assert supervisors() == before


def test_up_repairs_what_was_killed_half_way(lab: Command) -> None:
    """A reset that is killed in the middle leaves no ruin: the next `up` starts what is lacking."""
    half = subprocess.Popen([str(LAB), "reset", "mx1", "mx2"], stdout=subprocess.DEVNULL)
    time.sleep(0.6)
    half.kill()
    half.wait()
    lab("up")
    assert lab("status", check=False).stdout.count(" running") == len(HEALTHY)


def test_nothing_of_the_lab_is_in_the_machines_own_network(lab: Command) -> None:
    """No address, route or bridge of the lab is outside its namespaces, and no host can reach the outside."""
    shown = subprocess.run(["ip", "-o", "address"], capture_output=True, text=True, check=True).stdout
    shown += subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
    assert "10.77." not in shown
    assert "fd77" not in shown
    assert lab("sh", "mx1", "timeout 5 bash -c 'exec 3<>/dev/tcp/192.0.2.1/80'", check=False).returncode != 0


def test_a_calm_machine_is_shown(lab: Command) -> None:
    """What else runs on this machine is no load of a healthy host, while neglected1 is overloaded."""
    assert lab("sh", "mx1", "cat /proc/loadavg").stdout.startswith("0.11 ")
    assert lab("sh", "neglected1", "cat /proc/loadavg").stdout.startswith("9.31 ")


def test_neglected1_lists_its_faults() -> None:
    """At least fifteen faults, each told once, with what is broken and how."""
    faults = yaml.safe_load((CHECKOUT / "playbooks/lab/neglected1.yml").read_text())
    assert len({fault["name"] for fault in faults}) == len(faults) >= 15
    assert all(fault["broken"] and fault["how"] and fault["area"] for fault in faults)


def test_ssh_config_agrees_with_the_fleet(lab: Command) -> None:
    """The committed ssh_config has each host at the address the lab gave it."""
    config = (CHECKOUT / "inventories/lab/ssh_config").read_text()
    told = dict(re.findall(r"^Host (\w+) .*\n    HostName (\S+)", config, re.MULTILINE))
    rows = (line.split() for line in lab("status", check=False).stdout.splitlines())
    assert told == {row[0]: row[1] for row in rows}
