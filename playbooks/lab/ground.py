"""Whether this machine can carry the lab: what it lacks, and what the lab could be confused with."""

import os
import shutil
import socket
import sys

import network
from commands import run, say
from fleet import HOSTS
from paths import INSTANCE, RUN, STORE

# The programs the lab needs, and the Debian packages they come from.
NEEDS = {
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "nc": "netcat-openbsd",
    "nft": "nftables",
    "openssl": "openssl",
    "ssh": "openssh-client",
    "sysctl": "procps",
    "systemd-nspawn": "systemd-container",
}

PLAN = """The lab creates, on this machine (instance {instance}):
  {count} hosts      {hosts}
  network      namespaces {router}, {controller} and one for each host; 10.77.0.0/22 and fd77::/48
               exist only in them: no address, route or rule of this machine changes, and no host can reach the outside
  files        {store}: Debian roots fetched once (about 2 GB), configured hosts, keys, disks
               {run}: what is running
  one limit    fs.inotify.max_user_instances is raised to 8192 while the lab is up
  packages     {packages}
Undo: playbooks/lab/lab down (keeps the cached roots), playbooks/lab/lab down --purge (removes everything above).
"""


def missing_packages() -> list[str]:
    """Debian packages the lab needs and this machine lacks."""
    return sorted({package for program, package in NEEDS.items() if not shutil.which(program)})


def refuse_if_unsafe() -> None:
    """Stop on a machine the lab could be confused with, unless told LAB=yes."""
    if os.geteuid() != 0:
        sys.exit("lab: needs root (network namespaces, mounts): sudo playbooks/lab/lab up")
    if os.environ.get("LAB") == "yes":
        return
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            probe.settimeout(2)
            if probe.connect_ex((address, 25)) == 0:
                sys.exit(
                    "lab: this machine runs a mail server of its own (port 25 answers). "
                    "The lab would not touch it; to go on: LAB=yes"
                )
    if shutil.which("ip") and (routes := network.lab_routes_outside()):
        sys.exit(f"lab: this machine has a route in the lab's ranges ({routes[0]}). To go on all the same: LAB=yes")


def install_needs() -> None:
    """Install the programs the lab needs."""
    if packages := missing_packages():
        say(f"installing {', '.join(packages)}")
        run("apt-get", "update", "-q")
        run(
            "apt-get",
            "install",
            "-y",
            "-q",
            "--no-install-recommends",
            *packages,
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )


def announce() -> None:
    """Say on one screen what will be created."""
    names = " ".join(h.name for h in HOSTS)
    packages = ", ".join(missing_packages()) or "none: all are installed"
    spaces = {"router": network.ROUTER, "controller": network.CONTROLLER_NAMESPACE}
    facts = {
        "instance": INSTANCE,
        "count": len(HOSTS),
        "hosts": names,
        "store": STORE,
        "run": RUN,
        "packages": packages,
    }
    print(PLAN.format(**spaces, **facts), flush=True)
