"""Ways to become root: keys and rules of sudo as they are listed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.admins import keys, without_password


def test_keys_are_read() -> None:
    text = "3072 SHA256:abc/def+1 ann@desk (laptop) (RSA)\n1024 SHA256:x no comment (DSA)\n256 SHA256:y b (ED25519)\nnoise\n"
    found = keys(text)
    assert [key.weak for key in found] == [False, True, False]
    assert found[0].comment == "ann@desk (laptop)"


def test_whoever_needs_no_password_is_named() -> None:
    rules = (
        "www-data ALL=(root) NOPASSWD: /bin/true\n%admins, ann ALL = (ALL) NOPASSWD: ALL\n"
        "Defaults:backup !authenticate\nDefaults !authenticate\n"
    )
    assert without_password(rules) == ("www-data", "%admins", "ann", "backup", "everybody")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    keys(text)
    without_password(text)
    without_password(f"{text} NOPASSWD\nDefaults{text}")
