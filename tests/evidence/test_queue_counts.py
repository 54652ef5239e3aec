"""Queues counted without being read, and the folders that filters keep beside them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import queue_counts
from checks.evidence.earlier import Sample

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("maildrop 1 0\nincoming 0 0\nactive 2 0\ndeferred 1000001 100001\nhold 3 0\ncorrupt 0 0\n", 1000007.0),
        ("exim 12\n", 12.0),
        ("opensmtpd 7\n", 7.0),
        ("exim\n", None),  # it could not count
        ("", None),
    ],
)
def test_a_queue_is_counted(text: str, total: float | None) -> None:
    assert queue_counts.total(Sample(NOW, text)) == total


def test_folders_of_filters_are_told_with_what_is_old() -> None:
    found = queue_counts.side("1200 3 /var/lib/amavis/virusmails\n0 0 /var/spool/rspamd\nx y /z\n")
    assert [(each.folder, each.files, each.old) for each in found] == [
        ("/var/lib/amavis/virusmails", 1200, 3), ("/var/spool/rspamd", 0, 0)]  # fmt: skip


@given(st.text(alphabet=st.sampled_from("exim opensmtpd/0123456789\n"), max_size=200))
@settings(deadline=None)
def test_any_text_is_counted_or_passed_over(text: str) -> None:
    queue_counts.side(text)
    queue_counts.total(Sample(NOW, text))
