"""Stored passwords, one by one: each is a hash that somebody can log in with."""

import pytest


@pytest.mark.high
def check_hashes_whole(broken_hashes):
    """Every stored password is a whole hash.

    crypt(5): each hashing method writes a hash of one length, in the letters ./0-9A-Za-z.

    Why: The user is refused with any password, also the right one, and only there: it looks as if it were forgotten.

    Fix: Set the password anew (`doveadm pw -s ARGON2ID`), and paste the whole line.
    """
    seen = ", ".join(f"{path} line {line} ({scheme})" for path, line, scheme in broken_hashes[:5])
    assert not broken_hashes, f"no hash of this scheme: {seen}"
