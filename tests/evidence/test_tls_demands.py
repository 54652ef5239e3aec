"""Mail that waits for what our own TLS policy demands is told from mail that waits for the receiver's sake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import tls_demands
from checks.evidence.queue import Queue, QueuedMessage, QueuedRecipient


def waiting(*reasons: str) -> Queue:
    return Queue(tuple(
        QueuedMessage("deferred", f"ID{n}", None, 1, "", (QueuedRecipient("friend@example.org", reason),))
        for n, reason in enumerate(reasons)
    ))  # fmt: skip


def test_postfix_own_words_are_known_and_nobody_elses() -> None:
    queue = waiting(
        "Server certificate not verified",
        "delivery temporarily suspended: Server certificate not verified",
        "Server certificate not trusted",
        "host mx.example.org[192.0.2.1] said: 450 Server certificate not verified (in reply to MAIL FROM command)",
        "connect to mx.example.org[192.0.2.1]:25: Connection refused",
    )
    found = tls_demands.unverified(queue)
    assert [(each.domain, each.messages, each.untrusted) for each in found] == [
        ("example.org", 2, False), ("example.org", 1, True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("way", "relayhost", "hop"),
    [
        ("", "", "example.org"),
        ("", "[relay.example.net]:587", "[relay.example.net]:587"),
        ("smtp:[mx.example.net]", "[relay.example.net]:587", "[mx.example.net]"),
        ("smtp:", "[relay.example.net]:587", "[relay.example.net]:587"),
    ],
)
def test_next_hop_is_the_transport_s_or_the_relayhost(way: str, relayhost: str, hop: str) -> None:
    assert tls_demands.next_hop(way, "example.org", relayhost) == hop


def test_policy_is_looked_up_for_names_above_but_not_for_servers() -> None:
    assert [*tls_demands.policy_keys("a.b.example.org")] == ["a.b.example.org", ".b.example.org", ".example.org"]
    assert [*tls_demands.policy_keys("example.org")] == ["example.org"]
    assert [*tls_demands.policy_keys("[mx.example.org]:25")] == ["[mx.example.org]:25"]


@pytest.mark.parametrize(
    ("value", "untrusted", "ours"),
    [
        ("fingerprint match=3A:91", False, True),
        ("fingerprint match=3A:91", True, True),
        ("secure match=mx.example.org", False, True),
        ("verify", False, True),
        ("secure match=mx.example.org", True, False),  # it has ended, or its authority is unknown
        ("dane-only", False, False),
        ("encrypt", False, False),
        ("", False, False),
    ],
)
def test_certificate_that_has_ended_is_the_receiver_s_affair(value: str, untrusted: bool, ours: bool) -> None:
    assert tls_demands.pinned(value, untrusted) is ours


@given(st.text(), st.text(), st.text())
def test_any_text_is_read(way: str, name: str, value: str) -> None:
    assert [*tls_demands.policy_keys(tls_demands.next_hop(way, name, value))]
    tls_demands.pinned(value, False)
    tls_demands.shortened(value)
    tls_demands.unverified(waiting(value))
