"""rsyslog's actions that hold up all others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.log_forwarding import blocking

FOREVER = 'action.resumeRetryCount="-1"'


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f'*.* action(type="omfwd" target="192.0.2.1" protocol="tcp" {FOREVER})', 1),
        (f'action(type="omrelp" target="192.0.2.1"\n  port="2514"\n  {FOREVER})', 1),
        (f'*.* action(type="omfwd" target="192.0.2.1" protocol="tcp" {FOREVER} queue.type="LinkedList")', 0),
        (f'*.* action(type="omfwd" target="192.0.2.1" protocol="udp" {FOREVER})', 0),
        ('*.* action(type="omfwd" target="192.0.2.1" protocol="tcp")', 0),
        ("$ActionResumeRetryCount -1\n*.* @@192.0.2.1:514", 1),
        ("$ActionQueueType LinkedList\n$ActionResumeRetryCount -1\n*.* @@192.0.2.1:514", 0),
        ("$ActionResumeRetryCount -1\n*.* @192.0.2.1:514\nmail.* /var/log/mail.log", 0),
        ("*.* @@192.0.2.1:514", 0),
    ],
)
def test_only_what_is_tried_for_ever_without_a_queue_blocks(text: str, number: int) -> None:
    assert len(blocking(text)) == number


@given(st.text(alphabet=st.sampled_from('acting(omfwd)="-1.* @\n$ '), max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(blocking(text), tuple)
