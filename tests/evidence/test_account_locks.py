"""Locked accounts, as a host tells them: by a sign before a hash that is still there, and never by the hash itself."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.account_locks import Entries, entries, query

HASH = "$6$salt$abc"
OTHERS = "".join(f"user{n}@a.test:{{SHA512-CRYPT}}{HASH}\n" for n in range(5))


def told(*paths: Path) -> Entries:
    """What the command shows of these passwd-files, without sudo."""
    asked = query([str(path) for path in paths]).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=10, check=True)
    assert "alice" not in done.stdout
    assert "salt" not in done.stdout
    return entries(done.stdout)


def of(folder: Path, text: str, name: str = "users") -> Entries:
    path = folder / name
    path.write_text(text)
    return told(path)


@pytest.mark.parametrize("lock", ["!", "!!", "*", "!*"])
@pytest.mark.parametrize("scheme", ["{SHA512-CRYPT}", "{CRYPT}", ""])
def test_a_lock_on_one_host_is_named_by_its_line(tmp_path: Path, scheme: str, lock: str) -> None:
    here = of(tmp_path, f"{OTHERS}# locked\nalice@a.test:{scheme}{lock}{HASH}:::\n")
    there = of(tmp_path, f"{OTHERS}Alice@a.test:{HASH}\n", "there")
    (name,) = here.half_locked(there)
    assert here.locked[name] == f"{tmp_path}/users line 7"
    assert there.half_locked(here) == ()
    assert here.half_locked(here) == ()


@pytest.mark.parametrize("stored", ["!", "*", "{CRYPT}!", "{SHA512-CRYPT}*", "", "x", "{PLAIN}!secret", "{SSHA}abc"])
def test_who_never_had_a_hash_is_not_locked(tmp_path: Path, stored: str) -> None:
    assert of(tmp_path, f"alice@a.test:{stored}\n").locked == {}


def test_who_may_not_log_in_there_either_is_not_open(tmp_path: Path) -> None:
    assert (
        of(tmp_path, f"alice@a.test:{HASH}:::::nologin reason=closed\nbob@a.test:{HASH}:::::nologin\n").open
        == frozenset()
    )


def test_an_account_of_two_files_is_open_if_one_lets_it_in(tmp_path: Path) -> None:
    of(tmp_path, f"alice@a.test:!{HASH}\n", "old")
    of(tmp_path, f"alice@a.test:{HASH}\n", "new")
    assert told(tmp_path / "old", tmp_path / "new").locked == {}


def test_what_is_so_of_most_accounts_is_by_design() -> None:
    assert Entries({"u0000001": "/a line 1"}, frozenset()).half_locked(Entries({}, frozenset({"u0000001"}))) == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    entries(text)
