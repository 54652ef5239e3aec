"""`make propose` on the lab: an inventory that says of the hosts' roles what the lab's own says, and audits them."""

import subprocess
import sys
from pathlib import Path

import pytest

from checks.inventory import read_inventory
from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
INVENTORY = CHECKOUT / "inventories/lab/hosts.yml"


def test_the_proposal_says_of_roles_what_the_labs_inventory_says(lab: Command, tmp_path: Path) -> None:
    """Each host is read once; the output loads. outside1 also plays a stranger's MX, which the lab does not declare."""
    argv = [sys.executable, "-m", "checks.propose", "--inventory", str(INVENTORY)]
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, timeout=180, check=True)
    (tmp_path / "hosts.yml").write_text(done.stdout)
    assert "could not look" not in done.stdout
    told = {host.name: host.mailassay for host in read_inventory(INVENTORY).hosts}
    said = {host.name: host.mailassay for host in read_inventory(tmp_path / "hosts.yml").hosts}
    roles = {name: each["mailassay_roles"] for name, each in said.items()}
    assert roles.pop("outside1") == ["mx", "client"]
    assert roles == {name: each["mailassay_roles"] for name, each in told.items() if name != "outside1"}
    assert all(said[name]["mailassay_hostname"] == told[name]["mailassay_hostname"] for name in roles)
    assert {row["name"] for row in said["submit1"]["mailassay_domains"]} == {"alpha.test", "beta.test"}  # type: ignore[attr-defined]
    assert said["submit1"]["mailassay_domains"][0]["selectors"] == ["lab2026"]  # type: ignore[index]
    assert said["ns1"]["mailassay_smarthost"] == told["ns1"]["mailassay_smarthost"]
