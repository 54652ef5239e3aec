"""Dovecot's configuration as doveconf prints it, in its 2.3 and 2.4 forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf

OLD = """# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf
auth_mechanisms = plain login
default_internal_user = dovecot
mail_location = maildir:/srv/mail/%d/%n/Maildir
passdb {
  args = scheme=SSHA512 username_format=%u /etc/dovecot/users
  driver = passwd-file
}
passdb {
  deny = yes
  args = /etc/dovecot/deny
  driver = passwd-file
}
protocols = imap lmtp
service auth {
  unix_listener /var/spool/postfix/private/auth {
    group = postfix
    mode = 0660
    user = postfix
  }
  user = $default_internal_user
}
ssl_cert = </etc/ssl/certs/a.pem
ssl_key = # hidden, use -P to show it
userdb {
  args = uid=vmail gid=vmail home=/srv/mail/%d/%n
  driver = static
}
"""
NEW = """# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf
dovecot_config_version = 2.4.1
mail_home = /srv/mail/%{user | domain}/%{user | username}
mail_path = ~/Maildir
mail_uid = vmail
login_log_format = %{message}: %{elements}
passdb_default_password_scheme = PLAIN
protocols {
  imap = yes
  pop3 = no
}
ssl_server {
  cert_file = /etc/ssl/certs/a.pem
  key_file = /etc/ssl/private/a.key
}
passdb passwd-file {
  passwd_file_path = /etc/dovecot/users
}
userdb static {
  fields {
    gid = vmail
    uid = vmail
  }
}
"""


def test_dovecot_2_3_is_read() -> None:
    found = doveconf(OLD)
    assert found.version == (2, 3)
    assert found.protocols == ("imap", "lmtp")
    assert [(p.driver, p.path, p.scheme) for p in found.passdbs] == [("passwd-file", "/etc/dovecot/users", "SSHA512")]
    assert [(x.service, x.kind, x.name) for x in found.listeners] == [
        ("auth", "unix", "/var/spool/postfix/private/auth")
    ]
    assert found.service("auth", "user") == "dovecot"
    assert (found.store, found.mail_user) == ("/srv/mail", "vmail")
    assert found.tls_files == {"/etc/ssl/certs/a.pem": "ssl_cert"}


def test_dovecot_2_4_is_read() -> None:
    found = doveconf(NEW)
    assert found.version == (2, 4)
    assert found.protocols == ("imap",)
    assert [(p.driver, p.path, p.scheme) for p in found.passdbs] == [("passwd-file", "/etc/dovecot/users", "PLAIN")]
    assert (found.store, found.mail_user) == ("/srv/mail", "vmail")
    assert set(found.tls_files) == {"/etc/ssl/certs/a.pem", "/etc/ssl/private/a.key"}


@pytest.mark.parametrize(
    ("location", "store"),
    [
        ("mail_location = mbox:~/mail:INBOX=/var/mail/%u", ""),
        ("mail_location = maildir:/var/vmail/%d/%n", "/var/vmail"),
        ("mail_location = maildir:/var/vmail/box-%n", "/var/vmail"),
        ("mail_location = maildir:~/Maildir", ""),
    ],
)
def test_the_store_is_what_stands_before_the_first_variable(location: str, store: str) -> None:
    assert doveconf(f"# 2.3.4\n{location}\n").store == store


@given(st.text(alphabet="ab _-{}=\n# %$./2"))
def test_any_text_is_read(text: str) -> None:
    found = doveconf(text)
    assert isinstance(found.passdbs, tuple)
    assert isinstance(found.store + found.mail_user, str)
    assert isinstance(found.protocols + tuple(found.tls_files), tuple)
