"""Daemons in containers are told from the host's own by their control groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.containers import contained

ID = "0123456789ab" + "cd" * 26


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (f"0::/system.slice/docker-{ID}.scope", "Docker"),  # systemd's cgroup driver
        (f"12:pids:/docker/{ID}", "Docker"),  # cgroupfs, cgroup v1
        (f"0::/machine.slice/libpod-{ID}.scope/container", "Podman"),
        (f"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope", "Podman"),  # rootless
        (f"0::/kubepods.slice/kubepods-pod12.slice/cri-containerd-{ID}.scope", "Kubernetes"),
        (f"1:name=systemd:/kubepods/burstable/pod123-4/{ID}", "Kubernetes"),
        ("0::/lxc.payload.mail/system.slice/postfix.service", "LXC"),
        ("0::/lxc/101/ns/system.slice", "LXC"),
        ("0::/machine.slice/machine-mx1.scope", "machinectl"),
    ],
)
def test_a_daemon_in_a_container_is_recognised(group: str, said: str) -> None:
    (found,) = contained(f"master {group}\nmaster {group}\n")
    assert (found.process, found.engine) == ("master", said)


@pytest.mark.parametrize(
    "group",
    [
        "0::/system.slice/system-postfix.slice/postfix@-.service",
        "0::/system.slice/docker.service",
        "0::/user.slice/user-0.slice/session-1.scope",
        "0::/",
        "",
    ],
)
def test_a_daemon_of_the_host_is_not(group: str) -> None:
    assert contained(f"master {group}") == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(found.process == "master" for found in contained("".join(f"master {line}\n" for line in text.split())))
