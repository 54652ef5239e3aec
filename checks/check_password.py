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


@pytest.mark.high
def check_not_guessed(guessed):
    """No account has a password that is guessed at the first tries: its own name, or a word that everybody tries.

    NIST SP 800-63B-4 §3.1.1.2: passwords shall be compared with those that are commonly used or expected, as names are.

    Policy passwords_guessed: on the host, a handful of such words is tried against the stored hashes, for a few seconds.

    Why: However strong the hash, guessers get in at the first try, below every limit of fail2ban, and send spam.

    Fix: `sed -n 'LINEp' FILE` shows whose it is. Set a long random password (`doveadm pw -s ARGON2ID`), `doveadm kick USER`,
    and look in the log where it was used from.
    """
    seen = "; ".join(guessed.hits[:5])
    assert not guessed.hits, f"{len(guessed.hits)} guessed: {seen}"


@pytest.mark.low
def check_length_asked(least_password, policy):
    """A new password must be long, where mail is read with the host's own accounts.

    NIST SP 800-63B-4 §3.1.1.2: passwords shall have a least length, and no rules of composition.

    Policy password_length: characters that a new password must have at least.

    Why: Short passwords are guessed from lists, a few tries a day and address, below every limit of fail2ban.

    Fix: `apt install libpam-pwquality`, and that number as `minlen = N` in /etc/security/pwquality.conf; or `minlen=N` behind
    pam_unix.so in /etc/pam.d/common-password.
    """
    assert least_password >= policy.password_length, (
        f"{least_password} characters are enough; it should be {policy.password_length}"
    )
