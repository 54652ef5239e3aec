"""Copies of a secret file are told from other files whose names begin like its own, and from samples."""

import pytest

from checks.evidence.copies import copies

ORIGINAL = "/etc/dovecot/users"


def seen(path: str) -> list[str]:
    return list(copies(f"644|root|root|1|regular file|{path}\n", [ORIGINAL]))


@pytest.mark.parametrize(
    "rest",
    ["~", ".~3~", "-", ".bak", ".bak2", "_old", ".save.1", ".orig", ".dpkg-old", ".rpmsave", "-2026-11-01",
     ".20261101.bak", ".bak-before-move", ".1"],
)  # fmt: skip
def test_a_name_for_what_was_is_a_copy(rest: str) -> None:
    assert seen(ORIGINAL + rest) == [ORIGINAL + rest]


@pytest.mark.parametrize("name", [".users.swp", ".users.swo"])
def test_an_editors_swap_file_is_a_copy(name: str) -> None:
    assert seen(f"/etc/dovecot/{name}")


@pytest.mark.parametrize(
    "rest", ["", ".db", ".lock", "-allowed", ".2fa", ".org", ".dpkg-dist", ".rpmnew", ".bak.sample"]
)
def test_other_files_and_samples_are_none(rest: str) -> None:
    assert not seen(ORIGINAL + rest)


def test_a_copy_of_a_longer_path_is_not_one_of_this() -> None:
    """A file of the same name in a folder below belongs to another."""
    assert not seen("/etc/dovecot/users.d/users.bak")
