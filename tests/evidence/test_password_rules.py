"""What PAM asks of a new password is read as its modules read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.password_rules import least_length

UNIX = "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt"
QUALITY = "password requisite pam_pwquality.so retry=3"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", None),
        ("minlen = 20", None),
        (UNIX, 6),
        (f"{UNIX} minlen=12", 12),
        (f"{QUALITY}\n{UNIX}", 8),
        (f"{QUALITY}\n{UNIX}\nminlen = 14", 14),
        (f"{QUALITY} minlen=9\n{UNIX}\nminlen = 14", 9),
        (f"{QUALITY}\n{UNIX}\nminlen=10\nminlen = 16", 16),
        ("password requisite pam_passwdqc.so min=disabled,24,11,8,7", 7),
        ("password requisite pam_passwdqc.so config=/etc/passwdqc.conf", 8),
        ("password requisite pam_cracklib.so", 9),
    ],
)
def test_the_longest_length_asked_holds(text: str, length: int | None) -> None:
    assert least_length(text) == length


@given(
    st.lists(
        st.sampled_from(["password ", "pam_unix.so", "pam_pwquality.so", "minlen=", "12", "٣", "9" * 30, "\n", " "])
    ).map("".join)
)
def test_any_text_is_a_length_or_none(text: str) -> None:
    assert least_length(text) is None or least_length(text) >= 0  # type: ignore[operator]
