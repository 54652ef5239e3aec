"""Names of accounts: counted on the host by awk, and held against what a login makes of a name."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.account_names import Names, count, lost, names


def test_awk_counts_what_is_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_bytes(
        b"\xef\xbb\xbfann@example.org:{x}\n# a comment: of one\n\nBen@example.org:{x}\ncleo:{x}\nd d:{x}\n"
    )
    script = count(str(file)).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=10, check=True)
    assert names(done.stdout) == Names(4, 2, 1, 2)


@pytest.mark.parametrize(
    ("login_format", "file_format", "reasons"),
    [
        ("%Lu", "", 0),
        ("%u", "", 0),
        ("%{user | lower}", "", 0),
        ("%Ln@%d", "", 0),
        ("%Ln", "", 1),
        ("%{user | username | lower}", "", 1),
        ("%Lu", "%n", 1),
    ],
)
def test_a_format_that_cuts_the_domain_is_told(login_format: str, file_format: str, reasons: int) -> None:
    assert len(lost(Names(7, 7, 0, 0), login_format, file_format)) == reasons


def test_capital_letters_are_lost_where_logins_are_made_small() -> None:
    assert lost(Names(3, 3, 1, 0), "%Lu") == ("1 of 3 hold capital letters, and %Lu makes them small",)
    assert lost(Names(3, 3, 1, 0), "%u") == ()


@given(st.text())
def test_anything_else_is_none(text: str) -> None:
    found = names(text)
    assert found is None or found.all >= 0


@pytest.mark.parametrize(("characters", "reasons"), [("", 0), ("abc@.-_", 0), ("abc.-_+", 1)])
def test_names_with_a_domain_need_the_at(characters: str, reasons: int) -> None:
    assert len(lost(Names(3, 3, 0, 0), "%Lu", characters=characters)) == reasons
