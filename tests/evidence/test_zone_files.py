"""What knotc and named-checkconf say of zone files."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.zone_files import QUERY, faults

KNOT = "error: [example.org.] zone check failed, file '/etc/knot/zones/example.org.zone' (CNAME, loop detected)"
BIND = """zone example.org/IN: loading from master file /etc/bind/example.org failed: CNAME and other data
zone example.org/IN: not loaded due to errors.
_default/example.org/IN: CNAME and other data"""


@pytest.mark.parametrize(("text", "number"), [(KNOT, 1), (BIND, 3), ("", 0), (f"{KNOT}\n{KNOT}\n", 1)])
def test_each_reason_is_told_once(text: str, number: int) -> None:
    assert len(faults(text)) == number


@pytest.mark.parametrize(
    "line",
    [
        "zone example.org/IN: example.org/MX 'mx.example.org' is a CNAME (illegal)",
        "warning: [example.org.] zone file, missing NS glue",
        "zone example.org/IN: example.org/MX 'mx.example.org' has no address records (A or AAAA)",
    ],
)
def test_advice_is_no_fault(line: str) -> None:
    assert faults(line) == ()


# What named-checkconf -z of BIND 9.18.49 says of a zone that loads, three that do not, and an old option.
CHECKCONF = """named.conf:1: option 'auto-dnssec' is deprecated
zone good.test/IN: good.test/MX 'mx.good.test' is a CNAME (illegal)
zone good.test/IN: loaded serial 1
dns_master_load: /etc/bind/bad:6: imap.bad.test: CNAME and other data
zone bad.test/IN: loading from master file /etc/bind/bad failed: CNAME and other data
zone bad.test/IN: not loaded due to errors.
_default/bad.test/IN: CNAME and other data
/etc/bind/ugly:5: unknown RR type 'TXTT'
zone ugly.test/IN: loading from master file /etc/bind/ugly failed: unknown class/type
zone ugly.test/IN: not loaded due to errors.
_default/ugly.test/IN: unknown class/type
zone gone.test/IN: loading from master file /etc/bind/gone failed: file not found
zone gone.test/IN: not loaded due to errors.
_default/gone.test/IN: file not found
"""


def test_of_bind_each_zone_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "said").write_text(CHECKCONF)
    program = tmp_path / "named-checkconf"
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/said\nexit 1\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", QUERY["named"].removeprefix("sudo ")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, timeout=10, check=True,
    )  # fmt: skip
    assert [line.split("/")[0] for line in faults(done.stdout)] == ["zone bad.test", "zone ugly.test", "zone gone.test"]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(text for text in faults(text))
