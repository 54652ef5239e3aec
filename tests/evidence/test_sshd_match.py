"""Match blocks of sshd: for whom they are, and what they set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.sshd_match import blocks


def test_blocks_are_read_with_their_file() -> None:
    text = (
        "sshd_config:PasswordAuthentication no\n"
        "sshd_config:Match Address 192.0.2.0/24,!192.0.2.9 User=ann # the desk\n"
        "sshd_config:\tPasswordAuthentication yes\n"
        "sshd_config:  passwordauthentication no\n"
        "/etc/ssh/sshd_config.d/10-a.conf:PermitRootLogin no\n"
        '/etc/ssh/sshd_config.d/20-b.conf:match group "sftp only"\n'
        "/etc/ssh/sshd_config.d/20-b.conf:  ForceCommand internal-sftp\n"
    )
    ann, sftp = blocks(text)
    assert str(ann) == "/etc/ssh/sshd_config, Match Address 192.0.2.0/24,!192.0.2.9 User=ann"
    assert ann.criteria == {"address": ("192.0.2.0/24", "!192.0.2.9"), "user": ("ann",)}
    assert ann.settings == {"passwordauthentication": "yes"}, "the first value counts"
    assert sftp.settings == {"forcecommand": "internal-sftp"}, "what stands before a Match is for everybody"
    assert sftp.criteria == {"group": ("sftp only",)}


@pytest.mark.parametrize(
    ("who", "root"),
    [("all", True), ("Address 192.0.2.1", True), ("User root,ann", True), ("User ro?t", True), ("User ann", False),
     ("User *,!root", False), ("Group sftp", False), ("Group root Address ::1", True)],
)  # fmt: skip
def test_root_may_be_meant(who: str, root: bool) -> None:
    (block,) = blocks(f"sshd_config:Match {who}")
    assert block.for_root is root


@pytest.mark.parametrize(
    ("who", "local"),
    [("Address 127.0.0.1,::1", True), ("LocalAddress 127.0.0.1", False), ("Address 127.0.0.0/8,10.0.0.0/8", False),
     ("Invalid-User", True), ("all", False)],
)  # fmt: skip
def test_connections_of_its_own_are_known(who: str, local: bool) -> None:
    (block,) = blocks(f"sshd_config:Match {who}")
    assert block.local is local


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for block in blocks(f"{text}\nsshd_config:Match {text}"):
        assert block.for_root in (True, False)
        assert block.local in (True, False)
