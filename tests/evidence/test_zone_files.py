"""What knotc and named-checkconf say of zone files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.zone_files import faults

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


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(text for text in faults(text))
