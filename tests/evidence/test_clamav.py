"""ClamAV: what its daemon says, and when its signatures were made."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.clamav import clamav

TEXT = """said ClamAV 1.4.3/27500/Sun Nov 22 09:35:21 2026
file 1795652567|44d88612fea8a8f36de82e1278abb02f:68:Lab.|/var/lib/clamav/lab.hdb
file 1795652999|ClamAV-VDB:22 Nov 2026 09-35 +0000:27500|/var/lib/clamav/daily.cld
"""


def test_a_signed_database_tells_when_it_was_made() -> None:
    found = clamav(TEXT)
    assert found.said.startswith("ClamAV 1.4.3")
    assert found.newest == datetime.fromtimestamp(1795652567, UTC)
    only = clamav(TEXT.splitlines()[2])
    assert only.newest == datetime(2026, 11, 22, 9, 35, tzinfo=UTC)
    assert not only.asked


def test_silence_is_told_apart_from_not_having_asked() -> None:
    found = clamav("failed timed out\n")
    assert (found.asked, found.said, found.trouble) == (True, "", "timed out")


@given(st.text(), st.text(), st.integers())
def test_any_text_is_read(text: str, head: str, when: int) -> None:
    clamav(f"{text}\nfile {when}|{head}|/x\nfile {when}|ClamAV-VDB:{head}|/x")


def test_the_version_of_the_engine_is_read() -> None:
    assert clamav(TEXT).version == "1.4.3"
    assert not clamav("failed timed out\n").version
