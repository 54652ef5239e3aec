"""Sources of passwords that let everybody in, in both forms of Dovecot's configuration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.everybodys_password import sources


@pytest.mark.parametrize(
    ("passdb", "open_"),
    [
        ("passdb {\n args = password=(hidden)\n driver = static\n}", True),
        ("passdb {\n args = nopassword\n driver = static\n}", True),
        ("passdb {\n args = /etc/dovecot/users\n driver = passwd-file\n override_fields = nopassword=y\n}", True),
        ("passdb {\n args = nopassword=y\n driver = static\n default_fields = proxy=y host=127.0.0.1\n}", False),
        ("passdb {\n args = password=(hidden) allow_nets=192.0.2.1\n driver = static\n}", False),
        ("passdb {\n args = nopassword=y\n driver = static\n mechanisms = external\n}", False),
        ("passdb {\n args = nopassword=y\n driver = static\n skip = unauthenticated\n}", False),
        ("passdb {\n args = password=(hidden)\n driver = static\n result_success = continue\n}", False),
        ("passdb {\n args = /etc/dovecot/nopassword\n driver = passwd-file\n}", False),
        ("passdb {\n args = nopassword=y\n driver = passwd-file\n deny = yes\n}", False),
        ("passdb static {\n password = (hidden)\n}", True),
        ("passdb static {\n passdb_static_password = (hidden)\n}", True),
        ("passdb skeleton {\n driver = static\n fields {\n nopassword = yes\n }\n}", True),
        ("passdb static {\n fields {\n nopassword = yes\n proxy = yes\n host = a.example\n }\n}", False),
        ("passdb static {\n fields {\n nopassword = no\n }\n}", False),
        ("protocol imap {\n passdb {\n args = password=x\n driver = static\n }\n}", True),
        ("auth_ssl_require_client_cert = yes\npassdb {\n args = nopassword=y\n driver = static\n}", False),
    ],
)
def test_who_lets_everybody_in(passdb: str, open_: bool) -> None:
    """One that asks another server, that takes clients of some networks, or that only adds fields, does not."""
    assert bool(sources(doveconf(passdb))) is open_


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Nothing that a host says is an error."""
    assert sources(doveconf(f"passdb {{\n{text}\n}}\n")) is not None
