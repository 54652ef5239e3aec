"""Routes that lead nowhere."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.interfaces import discarding

ADDRESS = ipaddress.ip_address("192.0.2.14")


@pytest.mark.parametrize(
    ("routes", "found"),
    [
        ("default via 192.0.2.1 dev eth0\nblackhole 192.0.2.0/24", "blackhole 192.0.2.0/24"),
        ("unreachable 192.0.2.14", "unreachable 192.0.2.14"),
        ("blackhole 192.0.0.0/16\n192.0.2.0/24 dev eth0 scope link", ""),
        ("192.0.2.0/24 dev eth0\nprohibit 192.0.2.14 metric 5", "prohibit 192.0.2.14 metric 5"),
        ("unreachable default dev lo metric 4294967295", ""),
        ("blackhole 198.51.100.0/24", ""),
        ("", ""),
    ],
)
def test_the_most_specific_route_decides(routes: str, found: str) -> None:
    assert discarding(routes, ADDRESS) == found


@given(st.text(alphabet=st.sampled_from("blackhole 192.0./\n:"), max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(discarding(text, ADDRESS), str)
