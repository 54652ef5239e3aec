"""Where the lab keeps what it makes; nothing outside these two folders is ever changed."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
INVENTORY = CHECKOUT / "inventories/lab"

# The release that hosts of Debian 12 have instead (fleet.py); empty: they have it.
SUITE = os.environ.get("MAILASSAY_LAB_SUITE", "")

STORE = Path("/var/lib/mailassay-lab")
ROOTS = STORE / "roots"
CONFIGURED = STORE / "configured"
SSH = STORE / "ssh"
CA = STORE / "ca"
DKIM = STORE / "dkim"
SECRETS = STORE / "secrets.yml"
# A lab of another suite is told other facts: neither makes the other's hosts stale.
FACTS = STORE / f"facts{SUITE}.json"


def instance_number() -> str:
    """The number of the lab instance this command is about (environment MAILASSAY_LAB, default 0)."""
    number = os.environ.get("MAILASSAY_LAB") or "0"
    if not re.fullmatch(r"\d{1,3}", number):
        sys.exit(f"lab: MAILASSAY_LAB must be a number from 0 to 999, not {number!r}")
    return str(int(number))


INSTANCE = instance_number()
RUN = Path("/run/mailassay-lab") / INSTANCE
DISKS = STORE / "instances" / INSTANCE


def machine(host: str) -> str:
    """The name of a host's network namespace and machine, different in each instance."""
    return f"ma{INSTANCE}-{host}"


def private_folder(path: Path) -> None:
    """Create a folder that only root may enter."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
