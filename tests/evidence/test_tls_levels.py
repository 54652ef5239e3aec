"""Levels of TLS that Postfix does not know."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.postfix import postfix
from checks.evidence.tls_levels import UNREAD, query, tables, unknown_entries, unknown_settings

MASTER = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd -o smtpd_tls_security_level=encrpyt\n"


def test_mistyped_entries_are_found() -> None:
    shown = "[relay.example.org]\tencrpyt\nexample.net\tsecure match=nexthop\nexample.com\tMAY, protocols=!SSLv3\n"
    assert unknown_entries(shown) == ("[relay.example.org] encrpyt",)


def test_mistyped_settings_are_found() -> None:
    main = "smtp_tls_security_level = dane\nsmtpd_tls_security_level = must\nlmtp_tls_security_level =\n"
    assert list(unknown_settings(postfix(main, MASTER, ""))) == [
        "smtpd_tls_security_level = must", "smtpd_tls_security_level = encrpyt",
    ]  # fmt: skip


def test_tables_that_can_be_written_out() -> None:
    main = "smtp_tls_policy_maps = socketmap:unix:a:b, hash:/etc/postfix/tls_policy\n"
    assert tables(postfix(main, "", "")) == ("hash:/etc/postfix/tls_policy",)


@given(st.text())
def test_any_table_is_read(shown: str) -> None:
    assert all(len(entry) <= 100 for entry in unknown_entries(shown))


@pytest.mark.parametrize(("status", "last"), [(0, "example.net\tmay"), (1, UNREAD)])
def test_a_table_that_cannot_be_read_says_so(tmp_path: Path, status: int, last: str) -> None:
    program = tmp_path / "postmap"
    program.write_text(f"#!/bin/sh\nprintf 'example.net\\tmay\\n'\nexit {status}\n", "utf-8")
    program.chmod(0o755)
    script = query("hash:/etc/postfix/tls_policy", "").removeprefix("sudo ")
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=10, check=True, env=path)
    assert done.stdout.splitlines()[-1] == last
