"""Where Unbound and BIND hand questions on, as their configurations say it."""

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.forwarders import forwarders

UNBOUND = """\
server:
forward-zone:
    name: "partner.example."
    forward-addr: 192.0.2.99
    forward-addr: 2001:db8::99@53#dns.example
stub-zone:
    name: corp.example
    stub-addr: 192.0.2.99@5353
forward-zone:
    name: .
    forward-addr: 127.0.0.1
    forward-addr: 198.51.100.1@53
"""
NAMED = """\
options {
\tforwarders {
\t\t192.0.2.1;
\t\t192.0.2.2 port 5300;
\t};
};
zone "partner.example" IN {
\ttype forward;
\tforwarders {
\t\t192.0.2.99;
\t};
};
"""


def test_forward_and_stub_zones_of_unbound_are_read() -> None:
    assert forwarders(UNBOUND) == {
        "192.0.2.99": ("partner.example",), "2001:db8::99": ("partner.example",), "198.51.100.1": (".",),
    }  # fmt: skip


def test_forwarders_of_bind_are_read() -> None:
    assert forwarders(NAMED) == {"192.0.2.1": (".",), "192.0.2.99": ("partner.example",)}


@given(st.text(alphabet=st.sampled_from('zone "x.".{};forwarders name:forward-addr:stub-19@#\n ')))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(forwarders(text), dict)
