"""Jobs that empty the queue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.queue_jobs import emptiers

CRON = "/etc/cron.d/queue:*/20 * * * * root /usr/sbin/postsuper -d ALL deferred\n"


def test_jobs_that_delete_all_are_named() -> None:
    assert len(emptiers(CRON, frozenset())) == 1
    assert not emptiers(CRON.replace(":*/20", ":# */20"), frozenset())
    assert not emptiers(CRON.replace("deferred", "hold"), frozenset()), "a quarantine"
    picked = "/etc/cron.d/q:0 * * * * root postqueue -j | jq -r .queue_id | postsuper -d -\n"
    assert not emptiers(picked, frozenset()), "single messages"


def test_a_unit_counts_if_a_timer_starts_it() -> None:
    unit = "/etc/systemd/system/clean.service:ExecStart=/usr/sbin/postsuper -d ALL\n"
    assert not emptiers(unit, frozenset())
    assert emptiers(unit, frozenset({"clean.timer"})) == (unit.strip().replace(":E", ": E"),)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    emptiers(text, frozenset())
    emptiers(f"/etc/crontab:{text} postsuper -d ALL {text}", frozenset())
