"""Passwords that are guessed at once, as a host tells them: by tokens, and never by the hash or the guess."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.guessed_passwords import Guessed, guessed, query
from checks.evidence.people import token_of

INFO = {
    "{SHA512-CRYPT}": "$6$salt$l9njbXjLsj41cuIOjUEzLE4bAkwOqbNppiByOLCCVpa5wM1hM75IC8eeNB4gBRXQ8fCTFu9yDW./SQrVrcK.U1",
    "{BLF-CRYPT}": "$2y$05$abcdefghijklmnopqrstuur8eYtRZg0VWT0If7b8O55V4ikGKqbCG",
    "{CRYPT}": "$y$j9T$abcdefgh$B.itJdSrZ2XgHlxACXEykLNReRGxw6Gl/.HYQDT65K9",
    "{SHA256-CRYPT}": "$5$ab$LsHq7vCHoUprnzgIbo.1rwpPnYdrfgH3LQStYiyoWp6",
    "{DES-CRYPT}": "abouAG2R7CgKg",
    "": "$1$ab$0NXHCBuqUtUKmLE0X89Dz0",
    "{PLAIN}": "info",
    "{CLEARTEXT}": "info",
}
WHOM = f"{token_of('info')}@a.test"

pytestmark = pytest.mark.skipif(shutil.which("perl") is None, reason="needs perl")


def told(path: Path, text: str, scheme: str = "PLAIN", seconds: int = 4) -> Guessed:
    """What the command shows of this passwd-file, without sudo."""
    path.write_text(text)
    asked = query([(str(path), scheme)], seconds).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=30, check=True)
    assert "info" not in done.stdout
    assert "$" not in done.stdout
    found = guessed(done.stdout)
    assert found is not None
    return found


@pytest.mark.parametrize(("scheme", "stored"), INFO.items())
def test_a_password_that_is_the_name_is_found_whatever_the_hash(tmp_path: Path, scheme: str, stored: str) -> None:
    found = told(tmp_path / "users", f"# all\nInfo@a.test:{scheme}{stored}:::::\nother@a.test:{scheme}{stored}\n")
    assert found.hits == (f"{tmp_path}/users line 2 ({WHOM}): its own name",)
    assert (found.accounts, found.named, found.full, found.other) == (2, 2, 2, 0)


@pytest.mark.parametrize(("name", "stored", "kind"), [
    ("sales@a.test", "a", "the name of its domain"),
    ("sales@a.test", "sales@a.test", "its own name"),
    ("sales@a.test", "selas", "its own name backwards"),
    ("master", "123456", "a word that everybody tries"),
    ("master", "master", "its own name"),
])  # fmt: skip
def test_the_kind_of_the_guess_is_told(tmp_path: Path, name: str, stored: str, kind: str) -> None:
    (hit,) = told(tmp_path / "users", f"{name}:{{PLAIN}}{stored}:::\n").hits
    assert hit.endswith(f": {kind}")
    assert name not in hit


def test_a_password_that_names_no_scheme_is_of_the_files_own(tmp_path: Path) -> None:
    assert told(tmp_path / "users", "info@a.test:info\n", "PLAIN").hits
    assert told(tmp_path / "users", f"info@a.test:{INFO['{DES-CRYPT}']}\n", "CRYPT").hits
    assert not told(tmp_path / "users", "info@a.test:info\n", "CRYPT").hits


@pytest.mark.parametrize("line", [
    "info@a.test:{SHA512-CRYPT}!" + INFO["{SHA512-CRYPT}"], "info@a.test:!", "info@a.test:", "info@a.test:x", "info@a.test",
    "#info@a.test:{PLAIN}info", "info@a.test:{PLAIN}info::::::nologin", ":{PLAIN}",
])  # fmt: skip
def test_what_nobody_logs_in_with_is_passed_over(tmp_path: Path, line: str) -> None:
    assert told(tmp_path / "users", f"{line}\n") == Guessed(0, 0, 0, 0, ())


@pytest.mark.parametrize("stored", [
    "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA", "{SSHA}AbCd", "{SHA512-CRYPT}$6$rounds=999999999$salt$hash",
    "{BLF-CRYPT}$2y$31$abcdefghijklmnopqrstuur8eYtRZg0VWT0If7b8O55V4ikGKqbCG", "{CRYPT}$y$jFT$abcdefgh$x", "$7$CU..../....x$y",
])  # fmt: skip
def test_what_takes_long_or_is_not_known_is_counted_and_not_tried(tmp_path: Path, stored: str) -> None:
    assert told(tmp_path / "users", f"info@a.test:{stored}\n") == Guessed(0, 0, 0, 1, ())


def test_many_accounts_are_tried_as_far_as_the_time_goes(tmp_path: Path) -> None:
    hard = "$2y$12$abcdefghijklmnopqrstuur8eYtRZg0VWT0If7b8O55V4ikGKqbCG"
    users = "".join(f"somebody{n}@a.test:{{BLF-CRYPT}}{hard}\n" for n in range(200))
    found = told(tmp_path / "users", users, seconds=1)
    assert (found.accounts, found.full, found.hits) == (200, 0, ())
    assert 0 < found.named < 200


def test_hostile_names_do_not_hide_a_hit(tmp_path: Path) -> None:
    found = told(tmp_path / "users", "in\tfo\x1b@a.test:{PLAIN}in\tfo\x1b\ninfo' $(id)@a.test:{PLAIN}123456\n")
    assert len(found.hits) == 2


def test_a_file_that_is_not_there_is_no_answer() -> None:
    asked = query([("/nowhere", "PLAIN")]).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=10, check=False)
    assert guessed(done.stdout) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    guessed(text)
