"""Hashes that are not whole, as a host finds them in a file of passwords: none of them leaves it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.broken_hashes import broken, query

SHA512, BCRYPT, YESCRYPT = f"$6$salt${'a' * 86}", f"$2y$05${'b' * 53}", f"$y$j9T$salt${'c' * 43}"


def found(path: Path, text: str) -> tuple[tuple[int, str], ...]:
    """What the command shows of this file, without sudo."""
    path.write_text(text)
    done = subprocess.run(
        ["sh", "-c", query(str(path)).removeprefix("sudo ")], capture_output=True, text=True, timeout=10, check=True
    )
    assert "salt" not in done.stdout
    return broken(done.stdout)


@pytest.mark.parametrize(
    "stored",
    [f"{{SHA512-CRYPT}}{SHA512}", SHA512, f"{{CRYPT}}{SHA512}", f"$6$rounds=5000$salt${'a' * 86}", BCRYPT, f"{{BLF-CRYPT}}{BCRYPT}",
     YESCRYPT, "{PLAIN}se$cret", "{SSHA}c2VjcmV0", "{ARGON2ID}$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA", "", "!", "*", "x",
     "{SCRAM-SHA-256}4096,c2FsdA==,a,b", f"{{SHA512-CRYPT}}!{SHA512}", "{SHA512-CRYPT}*", "{SHA512-CRYPT}!", "{SHA512-CRYPT}",
     f"{{SHA512-CRYPT}}{YESCRYPT}", f"{{SHA512-CRYPT}}{BCRYPT}"],
)  # fmt: skip
def test_whole_hashes_and_what_is_no_hash_are_let_be(tmp_path: Path, stored: str) -> None:
    assert found(tmp_path / "users", f"alice@a.test:{stored}:1000:1000::/home\n") == ()


@pytest.mark.parametrize(
    ("stored", "scheme"),
    [(f"{{SHA512-CRYPT}}{SHA512[:-9]}", "SHA512-CRYPT"), (SHA512[:-1], "$6$"), (f"{{SHA512-CRYPT}}{SHA512}a", "SHA512-CRYPT"),
     ("{SHA512-CRYPT}$6$sal", "SHA512-CRYPT"), ("$6$sal", "$6$"),
     (f"{{BLF-CRYPT}}{BCRYPT[:-2]}", "BLF-CRYPT"), (f"{BCRYPT[:-1]}=", "$2y$"), (YESCRYPT[:-3], "$y$")],
)  # fmt: skip
def test_what_was_cut_or_mixed_up_is_named_by_its_line(tmp_path: Path, stored: str, scheme: str) -> None:
    assert found(tmp_path / "users", f"# users\nbob:{SHA512}\nalice@a.test:{stored}:::\n") == ((3, scheme),)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(broken(text), tuple)
