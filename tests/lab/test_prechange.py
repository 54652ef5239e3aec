"""Mail servers are really upgraded, really broken and really drained (playbooks/prechange.yml)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
CHANGE = Path(__file__).with_name("change")


@pytest.fixture(autouse=True)
def _afterwards(lab: Command) -> Iterator[None]:
    yield
    lab("reset", "mx1")


def changed(folder: Path, update: str, undrain: str = "undrain.yml") -> subprocess.CompletedProcess[str]:
    """What the playbook says of this change of mx1, with messages to alice all the while."""
    said = {
        "prechange_hosts": "mx1",
        "prechange_scope": "mx1:mx2:outside1",
        "prechange_drain": str(CHANGE / "drain.yml"),
        "prechange_undrain": str(CHANGE / undrain),
        "prechange_update": str(CHANGE / update) if update else "",
        "prechange_rollback": "apt-get install --allow-downgrades postfix",
        "prechange_expected": ["postfix", "drained"],
        "prechange_quiet_looks": 1,
        "prechange_minutes": 1,
        "prechange_out": str(folder / "out"),
        "prechange_canary_to": "alice@alpha.test",
        "prechange_canary_from": "relay1",
        "prechange_canary_at": "box1",
    }
    (folder / "change.yml").write_text(yaml.safe_dump(said), encoding="utf-8")
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "inventories/lab/hosts.yml"]
    argv += ["playbooks/prechange.yml", "-e", f"@{folder / 'change.yml'}"]
    environment = {**os.environ, "ANSIBLE_CONFIG": "inventories/lab/ansible.cfg"}
    return subprocess.run(
        argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )


def test_an_upgrade_goes_through_and_no_message_is_lost(lab: Command, tmp_path: Path) -> None:
    done = changed(tmp_path, "upgrade.yml")
    assert done.returncode == 0, done.stdout
    assert lab("sh", "mx1", "dpkg-query -W -f '${Version}' postfix").stdout.endswith(".1")
    assert lab("sh", "mx1", "nft list table inet drained", check=False).returncode != 0


def test_a_certificate_and_a_record_alone_take_the_same_path_and_are_shown(lab: Command, tmp_path: Path) -> None:
    done = changed(tmp_path, "renew.yml")
    lab("reset", "ns1")
    assert done.returncode == 0, done.stdout
    assert "+ certificate CN=mx1.alpha.test: until" in done.stdout
    assert "site-verification=1" in done.stdout


def test_a_change_that_breaks_the_server_leaves_it_drained(lab: Command, tmp_path: Path) -> None:
    done = changed(tmp_path, "break.yml")
    assert done.returncode != 0
    assert "private_key.present" in done.stdout
    assert "not there: /etc/ssl/mail-2027.pem" in done.stdout
    assert "It is left drained" in done.stdout
    assert "apt-get install --allow-downgrades postfix" in done.stdout
    lab("sh", "mx1", "nft list table inet drained")


def test_what_fails_after_the_host_was_put_back_drains_it_again(lab: Command, tmp_path: Path) -> None:
    done = changed(tmp_path, "", undrain="undrain_wrongly.yml")
    assert done.returncode != 0
    assert "it was drained again, and is left drained" in done.stdout
    lab("sh", "mx1", "nft list table inet drained")
