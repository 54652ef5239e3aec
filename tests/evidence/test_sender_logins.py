"""Logins of sender addresses held against accounts, by the command that a host runs."""

import subprocess
from pathlib import Path

import pytest

from checks.evidence.sender_logins import Lost, listed, lost, query

ACCOUNTS = "alice@a.test:{SHA512-CRYPT}$6$x:::::\n#old@a.test:{PLAIN}y\nBob@a.test:{PLAIN}y\n"


def compared(folder: Path, table: str) -> Lost | None:
    """What the command says of this table, without sudo."""
    (folder / "users").write_text(ACCOUNTS)
    (folder / "senders").write_text(table)
    asked = query([str(folder / "users")], [f"texthash:{folder / 'senders'}"]).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=10, check=True)
    return lost(done.stdout)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("alice@a.test alice@a.test\nbob@a.test bob@a.test\n", Lost(2, 0, ())),
        ("# comment\nalice@a.test  alice\nBob@a.test bob\ncarol@b.test carol@b.test\n", Lost(3, 2, ("a.test",))),
        ("sales@a.test nobody@a.test, alice@a.test\n@a.test ALICE@a.test bob@a.test\n", Lost(2, 0, ())),
        ("old@a.test old@a.test\n", Lost(1, 0, ())),  # of somebody who left
        ("alice x\n", Lost(1, 0, ())),
        ("bob@a.test zed\n", Lost(1, 1, ("a.test",))),
        ("bob@a.test bob@a.test\nbob@a.test zed\n", Lost(1, 0, ())),  # Postfix looks no further
        ("", None),  # nothing was read
    ],
)
def test_only_domains_and_numbers_leave_the_host(tmp_path: Path, table: str, found: Lost | None) -> None:
    assert compared(tmp_path, table) == found


def test_what_cannot_be_written_out_is_left_out() -> None:
    assert listed(["hash:/etc/postfix/senders", "ldap:/etc/postfix/senders.cf", "static:x"]) == (
        "hash:/etc/postfix/senders",
    )


@pytest.mark.parametrize("text", ["", "x y", "cat: no such file"])
def test_other_text_tells_nothing(text: str) -> None:
    assert lost(text) is None
