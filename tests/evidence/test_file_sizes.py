"""Processes that have a limit of file sizes, as the command tells them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.file_sizes import Bounded, bounded


def test_rows_are_read_and_others_passed_over() -> None:
    """A process that ended meanwhile leaves a row without a name."""
    text = "430 1048576 dovecot.service dovecot\n431 0 - tmux: server\n432 1048576 dovecot.service \n433 x - a\n"
    assert bounded(text) == (Bounded(430, 1048576, "dovecot.service", "dovecot"), Bounded(431, 0, "-", "tmux: server"))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Nothing that a host says is an error."""
    assert bounded(text) is not None
