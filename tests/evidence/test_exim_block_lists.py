"""Exim's dnslists conditions, as its own printed configuration gives them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.exim_block_lists import QUERY, sites

PRINTED = """\
# Exim Configuration (X)
begin acl
  check_recipient:
    deny message = listed in $dnslist_domain
    dnslists = dnsbl.sorbs.net=127.0.0.2,127.0.0.3 : bl.spamcop.net
    warn dnslists = b.barracudacentral.org
    drop dnslists = abcdefghij0123456789abcdef.zen.dq.spamhaus.net!=127.0.0.10&0.0.0.1
    deny !dnslists = list.dnswl.org
    dnslists = dbl.spamhaus.org/$sender_address_domain
    accept
    dnslists = swl.example.org
"""


def test_the_lists_that_mail_is_refused_by_are_read(tmp_path: Path) -> None:
    exim = tmp_path / "exim4"
    exim.write_text(f"#!/bin/sh\ncat <<'EOF'\n{PRINTED}EOF\n")
    exim.chmod(0o755)
    script = QUERY.removeprefix("sudo ")
    path = f"{tmp_path}:/usr/bin:/bin"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={"PATH": path})
    assert "abcdef" not in done.stdout, "the key of a paid list stays on the host"
    assert [each.zone for each in sites(done.stdout)] == [
        "dnsbl.sorbs.net",
        "bl.spamcop.net",
        "(hidden).zen.dq.spamhaus.net",
    ]


@pytest.mark.parametrize(
    "text", ["", "deny", "dnslists = a.example", "deny\ndnslists =", "deny\ndnslists = $x : /y : @"]
)
def test_what_names_no_list_gives_none(text: str) -> None:
    assert sites(text) == ()


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    sites(f"deny\ndnslists = {text}")
