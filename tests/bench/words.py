"""The names that a fault may use: the lab's hosts, the targets of an audit of it, the suite's checks and consents."""

from __future__ import annotations

from checks.catalogue import CONSENTS
from checks.inventory import read_inventory
from checks.pages import catalogue
from checks.target import fleet
from tests.bench.fault import Words
from tests.bench.lab import INVENTORY


def words() -> Words:
    """All of them, as the checkout stands now."""
    inventory = read_inventory(INVENTORY / "hosts.yml")
    targets = fleet(inventory)
    names = {t.name for kind in ("host", "endpoint", "domain", "observer") for t in targets.targets(kind)}
    return Words({host.name for host in inventory.hosts}, set(catalogue()), set(CONSENTS), names)
