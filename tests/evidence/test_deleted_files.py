"""Deleted files that processes hold open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.deleted_files import deleted_files


def test_each_file_counts_once_and_memory_not_at_all() -> None:
    text = (
        "3221225472 812 sh /var/spool/postfix/.trace (deleted)\n"
        "3221225472 813 sleep /var/spool/postfix/.trace (deleted)\n"
        "9437184 40 rs:main_Q:Reg /var/log/mail.log (deleted)\n"
        "8388608 77 mysqld /memfd:x (deleted)\n"
        "8388608 78 postgres /dev/shm/PostgreSQL.1 (deleted)\n"
        "noise\n"
    )
    trace, log = deleted_files(text)
    assert str(trace) == "/var/spool/postfix/.trace (3072 MiB, open in sh, process 812)"
    assert log.octets == 9437184


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    deleted_files(text)
    deleted_files(f"1 1 x /{text}")
