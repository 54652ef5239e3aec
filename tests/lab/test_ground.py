"""The lab refuses machines it could be confused with: tried in empty network namespaces, so that nothing is touched."""

import os
import subprocess

import pytest

from tests.lab.conftest import LAB

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]


def up_in_a_namespace(before: str) -> str:
    """What `lab up` says in a network namespace of its own, after a shell command in it."""
    script = f"ip link set lo up; {before}; exec {LAB} up"
    env = {name: value for name, value in os.environ.items() if name != "LAB"} | {"MAILASSAY_LAB": "986"}
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], env=env, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    return done.stderr


def test_a_machine_with_a_mail_server_of_its_own_is_refused() -> None:
    """Something answers on port 25: the lab does nothing unless told LAB=yes."""
    assert "port 25 answers" in up_in_a_namespace("nc -l 127.0.0.1 25 >/dev/null & sleep 0.3")


def test_a_machine_with_a_route_in_the_labs_ranges_is_refused() -> None:
    """A route to 10.77.1.0/24 of the machine itself: the lab does nothing unless told LAB=yes."""
    assert "route in the lab's ranges" in up_in_a_namespace("ip route add 10.77.1.0/24 dev lo")
