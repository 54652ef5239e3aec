"""Queue listings of Postfix, Exim and OpenSMTPD give the same messages, and their summary names the reason behind them."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.queue import Queue, QueueUnreadable, read_queue
from checks.evidence.queue_summary import summary
from checks.evidence.replies import Reason, Side

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TIMEOUT = "connect to mx.example.org[192.0.2.{}]:25: Connection timed out"


def message(
    queue: str = "deferred",
    sender: str = "a@example.net",
    reason: str = "",
    to: str = "b@example.org",
    when: int = 1772400000,
) -> str:
    recipient = {"address": to} | ({"delay_reason": reason} if reason else {})
    return json.dumps(
        {
            "queue_name": queue,
            "queue_id": "23EBE3D5C0",
            "arrival_time": when,
            "message_size": 550,
            "forced_expire": False,
            "sender": sender,
            "recipients": [recipient],
        }
    )


TABLE = """-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
29828E098F*     550 Sun Mar  1 05:02:07  a@example.net
(host mx.example.org[192.0.2.1] said: 450 4.7.1 Greylisted (try later) (in reply to RCPT TO command))
                                         b@example.org
        (connect to mx.example.com[192.0.2.9]:25: Connection refused)
                                         c@example.com
                                         d@example.com

3F2A41A0C4B!   1024 Wed Dec 31 23:00:00  MAILER-DAEMON
                                         root

-- 2 Kbytes in 2 Requests.
"""

EXIM = """25m  2.9K 0t5C6f-0000c8-00 <alice@example.net>
          red.king@example.org
        D done@example.org

 3d   505 1u2abc-00000001aBc-7f2d <> *** frozen ***
          nobody@example.com

"""

OPENSMTPD = """8f26ea98359eccea|local|mta||a@example.net|b@example.org|b@example.org|1772400000|1772745600|1772400100|1|pending|355|Network error on destination MXs
8f26ea98359ecceb|inet4|bounce|bounce|@|a@example.net|a@example.net|1772400001|1772745600|0|0|inflight|2|
"""


def test_postqueue_json() -> None:
    queue = read_queue(message(reason="x") + "\n" + message("active", "MAILER-DAEMON") + "\n", NOW)
    first, second = queue.messages
    assert (first.queue, first.queue_id, first.size, first.sender) == ("deferred", "23EBE3D5C0", 550, "a@example.net")
    assert first.arrival == datetime(2026, 3, 1, 21, 20, tzinfo=UTC)
    assert (first.recipients[0].domain, first.recipients[0].delay_reason) == ("example.org", "x")
    assert second.sender == ""
    assert queue.unparsed == 0


def test_a_cut_last_line_is_counted() -> None:
    queue = read_queue(message() + "\n" + message()[:70], NOW)
    assert (len(queue.messages), queue.unparsed) == (1, 1)
    assert queue.samples[0].startswith('{"queue_name"')


def test_postqueue_table() -> None:
    first, second = read_queue(TABLE, NOW).messages
    assert (first.queue, first.size, first.arrival) == ("active", 550, datetime(2026, 3, 1, 5, 2, 7, tzinfo=UTC))
    assert [r.address for r in first.recipients] == ["b@example.org", "c@example.com", "d@example.com"]
    assert first.recipients[0].delay_reason.endswith("(in reply to RCPT TO command)")
    assert first.recipients[2].delay_reason == "connect to mx.example.com[192.0.2.9]:25: Connection refused"
    assert (second.queue, second.sender, second.recipients[0].domain) == ("hold", "", "")
    assert second.arrival == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_exim() -> None:
    first, second = read_queue(EXIM, NOW).messages
    assert (first.sender, first.size, [r.address for r in first.recipients]) == (
        "alice@example.net",
        2969,
        ["red.king@example.org"],
    )
    assert (second.queue, second.sender, second.queue_id) == ("frozen", "", "1u2abc-00000001aBc-7f2d")
    assert second.arrival == datetime(2026, 2, 27, 12, tzinfo=UTC)


def test_opensmtpd() -> None:
    first, second = read_queue(OPENSMTPD, NOW).messages
    assert (first.queue, first.recipients[0].domain, first.recipients[0].delay_reason) == (
        "pending",
        "example.org",
        "Network error on destination MXs",
    )
    assert (second.queue, second.sender) == ("inflight", "")


@pytest.mark.parametrize("text", ["", "\n\n", "Mail queue is empty\n"])
def test_an_empty_queue_is_empty(text: str) -> None:
    assert read_queue(text, NOW) == Queue(())
    assert summary(read_queue(text, NOW)).total == 0


@pytest.mark.parametrize(
    "text",
    [
        "postqueue: fatal: Queue report unavailable - mail system is down",
        "smtpctl: need root privileges: permission denied",
        "bash: mailq: command not found",
        "\x00",
    ],
)
def test_a_queue_that_cannot_be_read_is_not_empty(text: str) -> None:
    with pytest.raises(QueueUnreadable):
        read_queue(text, NOW)


def test_the_summary_names_destinations_with_their_reason() -> None:
    lines = [message(reason=TIMEOUT.format(i)) for i in range(5)] + [
        message(reason="host mx.example.org[192.0.2.1] said: 450 4.7.1 Greylisted")
    ]
    lines += [
        message("active", "MAILER-DAEMON", to="x@example.com"),
        message("hold", "bulk@example.net", to="y@example.com", when=1772000000),
    ]
    found = summary(read_queue("\n".join(lines), NOW))
    assert found.total == 8
    assert dict(found.states) == {"deferred": 6, "active": 1, "hold": 1}
    assert found.oldest == datetime(2026, 2, 25, 6, 13, 20, tzinfo=UTC)
    worst = found.destinations[0]
    assert (worst.domain, worst.recipients, worst.reason, worst.share) == ("example.org", 6, Reason.TIMEOUT, 5 / 6)
    assert worst.example is not None
    assert worst.example.side is Side.NETWORK
    assert found.bounces.percent == 100 * 1 / 8
    assert (found.top_sender.what, found.top_sender.percent) == ("a@example.net", 100 * 6 / 8)
    assert (found.top_recipient.what, found.top_recipient.percent) == ("b@example.org", 100 * 6 / 8)


def test_a_destination_without_reasons_is_unknown() -> None:
    found = summary(read_queue(EXIM, NOW)).destinations
    assert {d.reason for d in found} == {Reason.UNKNOWN}


@given(
    st.text(max_size=300)
    | st.builds(
        "{}{}".format,
        st.sampled_from(
            ["{", "-Queue ID-\n", "25m  2.9K 0t5C6f-0000c8-00 <", "8f26ea98359eccea|", TABLE, EXIM, OPENSMTPD]
        ),
        st.text(max_size=200),
    )
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_queue_or_a_clear_error(text: str) -> None:
    try:
        found = read_queue(text, NOW)
    except QueueUnreadable:
        return
    assert summary(found).total == len(found.messages)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["address", "delay_reason"]), x, max_size=2),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("queue_name", "queue_id", "arrival_time", "message_size", "sender", "recipients"), JSON
        ),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_json_is_a_queue(entry: dict[str, object]) -> None:
    assert isinstance(read_queue(message() + "\n" + json.dumps(entry), NOW), Queue)


@pytest.mark.parametrize("unit", ["a", " ", "(", "1", "|", "<", "25m "])
@pytest.mark.parametrize("start", [message() + "\n{", TABLE, EXIM, OPENSMTPD])
def test_a_line_of_a_megabyte_is_cheap(start: str, unit: str) -> None:
    started = time.process_time()
    read_queue(start + unit * (1_000_000 // len(unit)), NOW)
    assert time.process_time() - started < 1.0


def test_a_large_queue_costs_seconds() -> None:
    text = "\n".join(message(reason=TIMEOUT.format(i % 200), to=f"u@d{i % 500}.example") for i in range(20_000))
    started = time.process_time()
    found = summary(read_queue(text, NOW))
    assert found.total == 20_000
    assert time.process_time() - started < 5.0
