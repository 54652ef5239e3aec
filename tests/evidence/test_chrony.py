"""What chronyc tells of chronyd's sources."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.chrony import lost

GOOD = "0A4D0135,192.0.2.53,4,1795725091.894,0.0,0.0,0.0,-0.1,0.0,0.3,0.0,0.0,16.2,Normal\n"
BAD = "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n"
SOURCE = "^,*,192.0.2.53,3,4,377,4,0.0,0.0,0.0\n"
ONLINE = "200 OK\n1 sources online\n0 sources offline\n"
OFFLINE = "200 OK\n0 sources online\n1 sources offline\n0 sources doing burst (return to online)\n"


def test_sources_must_be_asked() -> None:
    assert not lost(GOOD, SOURCE, ONLINE)
    assert lost(BAD, "", ONLINE).startswith("chrony has no server")
    assert not lost(GOOD, "", ONLINE), "told to be a source itself"
    assert "set offline" in lost(GOOD, SOURCE, OFFLINE)
    assert not lost(GOOD, SOURCE + SOURCE, OFFLINE), "one is still asked"
    assert not lost(GOOD, "#,*,PHC0,0,3,377,5,0.0,0.0,0.0\n" + SOURCE, OFFLINE.replace("1 s", "2 s"))


def test_silence_counts_by_the_day() -> None:
    silent = "^,?,192.0.2.53,3,10,0,{},0.0,0.0,0.0\n"
    assert lost(GOOD, silent.format(200000), ONLINE) == "no source of chrony has answered for 2 days"
    assert not lost(GOOD, silent.format(4000), ONLINE), "a night's outage"
    assert not lost(GOOD, silent.format(2**32 - 1), ONLINE), "just started"
    assert not lost(GOOD, silent.format(200000) + SOURCE, ONLINE)


@given(st.text(), st.text(), st.text())
def test_any_text_is_read(tracking: str, sources: str, activity: str) -> None:
    lost(tracking, sources, activity)
    lost(tracking, f"^,{sources},,,,0,9\n", f"9 sources offline\n{activity}")
