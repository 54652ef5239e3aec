"""rsyslog's actions that hold up all others."""

import shlex
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import connecting
from checks.evidence.command import command
from checks.evidence.connecting import Connection
from checks.evidence.log_forwarding import blocking, servers
from checks.evidence.syslog_conf import RSYSLOG
from checks.evidence.transcript import Answer, Transcript
from checks.fixtures.log_forwarding import log_server
from checks.resolve import Reading, Skip
from checks.run import recorded_inventory
from checks.services import Service, rows
from checks.target import fleet

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


TCP = 'type="omfwd" target="192.0.2.1" port="6514" protocol="tcp"'
OURS = ("192.0.2.1", "6514")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"*.* action({TCP})", {OURS: ""}),
        (f'*.* action({TCP} StreamDriver="ptcp" StreamDriverMode="0")', {OURS: ""}),
        (f'*.* action({TCP} StreamDriver="gtls" StreamDriverMode="1")', {OURS: "it speaks TLS"}),
        (f'global(DefaultNetstreamDriver="ossl")\n*.* action({TCP})', {OURS: "it speaks TLS"}),
        ("$DefaultNetstreamDriver gtls\n*.* @@192.0.2.1:6514", {OURS: "it speaks TLS"}),
        ("$ActionSendStreamDriverMode 1\n*.* @@192.0.2.1:6514", {OURS: "it speaks TLS"}),
        (f'global(DefaultNetstreamDriver="ossl")\n*.* action({TCP} StreamDriver="ptcp")', {OURS: ""}),
        ('action(type="omrelp" target="192.0.2.1" port="6514")', {OURS: "it speaks RELP"}),
        ("*.* @@192.0.2.1:6514\n*.* @192.0.2.2:514", {OURS: ""}),
        ('action(type="omfwd" target="192.0.2.1" protocol="udp")', {}),
    ],
)
def test_servers_that_are_not_connected_to_are_told(text: str, found: dict[tuple[str, str], str]) -> None:
    assert servers(text) == found


def test_they_are_skipped_and_the_others_are_connected_to_as_root() -> None:
    host = next(iter(fleet(recorded_inventory("acme", {"mx1": {"mailassay_roles": ["mx"]}})).hosts))
    text = '*.* @@192.0.2.2:514\naction(type="omrelp" target="192.0.2.1" port="2514")'
    root = f"sudo sh -c {shlex.quote(connecting.query([('192.0.2.2', '514')]))}"
    told = {
        command(host, RSYSLOG): Answer("exit 0", text.encode()),
        command(host, root): Answer("exit 0", b"192.0.2.2/514 connected\n"),
    }
    reading = Reading(Transcript(datetime(2026, 11, 28, tzinfo=UTC), told))
    found = dict(log_server(reading, host, {"rsyslog": Service(rows()["rsyslog"], ())}))
    assert isinstance(found["192.0.2.1:2514"], Skip)
    assert found["192.0.2.2:514"] == Connection("192.0.2.2", "514", "connected")


@given(st.text(alphabet=st.sampled_from('acting(omfwd)="-1.* @\n$ '), max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(blocking(text), tuple)
    assert isinstance(servers(text), dict)
