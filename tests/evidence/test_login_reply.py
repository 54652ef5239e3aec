"""A login that was refused for another reason than its password is not called refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.login_reply import Judged, judged


@pytest.mark.parametrize(
    ("line", "tagged", "found"),
    [
        ("235 2.7.0 Authentication successful", False, Judged.TAKEN),
        ("b OK [CAPABILITY IMAP4rev1] Logged in", True, Judged.TAKEN),
        ("+OK Logged in.", False, Judged.TAKEN),
        ("OK", False, Judged.TAKEN),
        ("535 5.7.8 Error: authentication failed: (reason unavailable)", False, Judged.REFUSED),
        ("535 5.7.3 Authentication unsuccessful", False, Judged.REFUSED),
        ("-ERR", False, Judged.PERHAPS_REFUSED),
        ("535 Incorrect authentication data", False, Judged.REFUSED),
        ("b NO [AUTHENTICATIONFAILED] Authentication failed.", True, Judged.REFUSED),
        ("-ERR [AUTH] Authentication failed.", False, Judged.REFUSED),
        ("-ERR authentication failed", False, Judged.PERHAPS_REFUSED),
        ("b NO LOGIN failed", True, Judged.PERHAPS_REFUSED),
        ("NO", False, Judged.PERHAPS_REFUSED),
        ('NO "Authentication failed."', False, Judged.PERHAPS_REFUSED),
        ("b NO [LIMIT] Maximum number of connections from user+IP exceeded", True, Judged.UNKNOWN),
        ("b NO [UNAVAILABLE] Temporary authentication failure.", True, Judged.UNKNOWN),
        ("b NO [AUTHORIZATIONFAILED] no", True, Judged.UNKNOWN),
        ("-ERR [SYS/TEMP] Temporary authentication failure.", False, Judged.UNKNOWN),
        ("-ERR [IN-USE] mailbox in use", False, Judged.UNKNOWN),
        ("-ERR [AUTH] POP3 access is disabled for this account", False, Judged.UNKNOWN),
        ("-ERR mailbox is corrupt", False, Judged.UNKNOWN),
        ("454 4.7.0 Temporary authentication failure", False, Judged.UNKNOWN),
        ("535 5.7.13 User account disabled", False, Judged.UNKNOWN),
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", False, Judged.UNKNOWN),
        ("534 5.7.9 Authentication mechanism is too weak", False, Judged.UNKNOWN),
        ("421 4.3.2 shutting down", False, Judged.UNKNOWN),
        ("BYE (TRYLATER) come back", False, Judged.UNKNOWN),
        ("", False, Judged.UNKNOWN),
    ],
)
def test_what_a_reply_says_of_the_password(line: str, tagged: bool, found: Judged) -> None:
    assert judged(line, tagged=tagged) is found


@given(st.text(), st.booleans())
def test_no_reply_stops_the_look(line: str, tagged: bool) -> None:
    assert isinstance(judged(line, tagged=tagged), Judged)
