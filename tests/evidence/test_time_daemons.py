"""Whether systemd-timesyncd and ntpd hear anybody. Texts of other hosts than the lab's, which has chrony only."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.time_daemons import ntpd_lost, timesyncd_lost

NEVER = "1800000000\n   3600\nnever\nStatusText=Connecting to time server 192.0.2.1:123 (192.0.2.1).\n"
SYNCED = "1800000000\n  90000\n1799999000\nStatusText=Contacted time server 192.0.2.1:123 (192.0.2.1).\n"
PEERS = """  3600
     remote           refid      st t when poll reach   delay   offset   jitter
===============================================================================
 0.pool.ntp.org  .POOL.          16 p    -   64    0    0.000    0.000    0.000
*192.0.2.1       .GPS.            1 u   35   64  {reach}   11.123    0.004    0.023
"""


def test_a_server_that_never_answered_is_told() -> None:
    assert timesyncd_lost(NEVER) == (
        "nobody has told systemd-timesyncd the time in 60 minutes (Connecting to time server 192.0.2.1:123 (192.0.2.1).)"
    )
    assert "for 27 hours" in timesyncd_lost(SYNCED.replace("1799999000", "1799900000"))


@pytest.mark.parametrize("text", [SYNCED, NEVER.replace("3600", "600"), SYNCED.replace("1799999000", "1799920000")])
def test_an_answer_or_a_start_just_now_is_well(text: str) -> None:
    assert timesyncd_lost(text) == ""


def test_ntpd_that_nobody_answers_is_told() -> None:
    assert ntpd_lost(PEERS.format(reach="  0")) == "none of ntpd's 2 sources has answered of late"
    assert ntpd_lost(PEERS.format(reach="377")) == ""
    assert ntpd_lost(PEERS.format(reach="  0").replace("3600", "60")) == ""
    assert ntpd_lost("3600\nNo association ID's returned\n") == "ntpd has no server, pool or peer"


def test_ntpsec_shows_the_number_of_nts_cookies_as_the_kind() -> None:
    peers = "3600\n*192.0.2.1       192.0.2.9        2 {t}   35   64  377   11.123    0.004    0.023\n"
    assert ntpd_lost(peers.format(t="8")) == ""
    assert "1 sources" in ntpd_lost(peers.format(t="8").replace("377", "  0"))


@pytest.mark.parametrize("text", ["", "\n", "3600\nntpq: read: Connection refused\n"])
def test_silence_tells_nothing(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert ntpd_lost(text) == ""
    with pytest.raises(ValueError, match="tells nothing"):
        timesyncd_lost(text)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for lost in (timesyncd_lost, ntpd_lost):
        with contextlib.suppress(ValueError):
            lost(text)
