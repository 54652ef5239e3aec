"""What daemons' own tests say, and when they read their configuration."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.daemon_configuration import QUERY, read, trouble

RAN = """since 1000 rspamd
file 1500 /etc/rspamd/local.d/actions.conf
since 1000 opendkim
file 1400 /etc/opendkim.conf
file 1600 /etc/opendkim/signing table
reloaded 1500
since 1000 rsyslog
file 1001 /etc/rsyslog.d/x.conf
since 900 opendmarc
file 950 /etc/opendmarc.conf
reloaded n/a
"""


def test_what_was_written_since_is_unread() -> None:
    found = {name: each.unread for name, each in read(RAN).items()}
    assert found == {
        "rspamd": ("/etc/rspamd/local.d/actions.conf",),
        "opendkim": ("/etc/opendkim/signing table",),
        "rsyslog": (),
        "opendmarc": ("/etc/opendmarc.conf",),
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/etc/unbound/unbound.conf:25: error: unknown keyword 'bogus'\nread failed", "unbound.conf:25: error"),
        (
            "2026 fail2ban.configreader: WARNING 'x' not defined\n2026 fail2ban: ERROR Failed during conf",
            "Failed during",
        ),
        ("2026-11-28T00:00:00Z Fatal error : Could not parse poool directive at line 3", "line 3"),
        ("", ""),
        ("strange\nwords", "strange"),
    ],
)
def test_the_line_that_names_the_trouble_is_told(said: str, told: str) -> None:
    assert told in trouble(said)


@given(st.text(), st.lists(st.sampled_from(RAN.splitlines())))
def test_any_text_can_be_read(text: str, lines: list[str]) -> None:
    for each in read("\n".join([*lines, text])).values():
        assert set(each.unread) <= set(each.files)
    assert len(trouble(text)) <= 200


def test_the_script_is_one_that_a_shell_takes(tmp_path: Path) -> None:
    """With a ps that knows of no process it ends well and says nothing."""
    (tmp_path / "ps").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "ps").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", QUERY.removeprefix("sudo ")], capture_output=True, text=True, env={"PATH": path}, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
