"""Where Dovecot keeps mail, by templates of both versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.mail_location import Place, place

_NEW = "# 2.4.1 (x): a\n"
_OLD = "# 2.3.19 (x): a\n"


@pytest.mark.parametrize(
    ("path", "tells"),
    [
        ("/srv/mail/%{user | domain}/%{user | username}/Maildir", True),
        ("/srv/mail/%{user}/Maildir", True),
        ("/srv/mail/%{user|lower}", True),
        ("/srv/mail/%{user | md5 | hex}", True),
        ("/srv/mail/%{user | username | lower}/Maildir", False),
        ("/srv/mail/%{username}", False),
        ("/srv/%d/%n", True),
        ("/srv/%Ld/%Ln", True),
        ("/srv/%2.256Nu/%u", True),
        ("/srv/%n/Maildir", False),
        ("/srv/%1Mn/%n", False),
        ("/srv/mail", False),
    ],
)
def test_paths_that_tell_the_domain(path: str, tells: bool) -> None:
    """Only the user's name alone is the same in two domains."""
    assert Place("maildir", path, ()).tells_domain is tells


def test_the_home_is_put_in() -> None:
    """A home of the static userdb, of mail_home, and one that is known to a database alone."""
    home = "mail_driver = maildir\nmail_path = ~/Maildir\nmail_home = /srv/%{user}\n"
    static = "userdb static {\n fields {\n home = /home/%{user | username}\n }\n}\n"
    assert place(doveconf(_NEW + home)).path == "/srv/%{user}/Maildir"
    assert place(doveconf(_NEW + home + static)).path == "/home/%{user | username}/Maildir"
    assert place(doveconf(_NEW + home + "userdb sql {\n}\n")).of_home
    assert not place(doveconf(_NEW + home.replace("~", "/srv") + "userdb sql {\n}\n")).of_home
    assert place(doveconf(_OLD + "mail_location = maildir:~/Maildir\n")).of_home
    old = "mail_location = maildir:~/M:LAYOUT=fs:INDEX=/i\nuserdb {\n driver = static\n args = uid=v home=/srv/%n\n}\n"
    assert place(doveconf(_OLD + old)).path == "/srv/%n/M:LAYOUT=fs"


@pytest.mark.parametrize("block", ["lmtp", "lmtp lda"])
def test_a_protocol_goes_its_own_way(block: str) -> None:
    """A block for a protocol goes before what is outside it; for the others nothing changes."""
    conf = doveconf(
        f"{_NEW}mail_driver = maildir\nmail_path = /a/%{{user}}\nprotocol {block} {{\n mail_path = /b\n}}\n"
    )
    assert (place(conf, "lmtp").path, place(conf, "imap").path) == ("/b", "/a/%{user}")


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Nothing that a host says is an error."""
    assert place(doveconf(text), "lmtp").tells_domain in (True, False)
