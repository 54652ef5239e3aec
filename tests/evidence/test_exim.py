"""Exim: its configuration as `exim -bP` prints it, and what it says to a client in a session that is not for real."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.exim import exim, interval, items, runners, size, writable
from checks.evidence.exim_session import query, sessions
from checks.evidence.sending import of_exim
from checks.evidence.smarthost import of_exim as smarthosts_of

BP = """primary_hostname = relay1.example.org
message_size_limit = 25M
no_allow_domain_literals
smtp_accept_max_per_host =
mysql_servers = <value not displayable>

smarthost router:
driver = manualroute
route_list = * mail.example.net::587 byname
transport = remote_smtp

remote_smtp transport:
driver = smtp
protocol = smtp
helo_data = $primary_hostname
hosts_avoid_tls =
hosts_require_auth = mail.example.net
hosts_require_tls = *
hosts_try_dane = *
dnssec_request_domains = *

lmtp transport:
driver = smtp
protocol = lmtp

plain authenticator:
driver = plaintext
public_name = PLAIN
client_send = <value not displayable>
server_condition =
"""


def test_options_switches_and_drivers_are_read() -> None:
    found = exim(BP)
    assert found.get("primary_hostname") == "relay1.example.org"
    assert found.get("allow_domain_literals") == "no"
    assert found.get("smtp_accept_max_per_host") == ""
    assert [driver.name for driver in found.smtp_transports] == ["remote_smtp"]
    assert found.server_mechanisms == ()  # it logs in elsewhere, and nobody to it


def test_the_way_out_is_told() -> None:
    (way,) = of_exim(exim(BP))
    assert (way.helo, way.no_tls, way.no_policies) == ("relay1.example.org", "", "")
    (way,) = of_exim(
        exim(BP.replace("hosts_avoid_tls =", "hosts_avoid_tls = *").replace("dnssec_request_domains = *", ""))
    )
    assert way.no_tls == "hosts_avoid_tls = *"
    assert "dnssec_request_domains" in str(way.no_policies)


def test_a_smarthost_is_found_with_its_port_and_login() -> None:
    (found,) = smarthosts_of(exim(BP))
    assert (found.host, found.port, found.tls, found.login) == ("mail.example.net", 587, "starttls", True)


def test_lists_are_parted_by_their_own_mark() -> None:
    assert items("<; 127.0.0.1 ; ::1 ; 2001:db8::/32") == ("127.0.0.1", "::1", "2001:db8::/32")
    assert items("192.0.2.1 : 2001::db8::::1") == ("192.0.2.1", "2001:db8::1")
    assert items(" * ") == ("*",)


def test_sizes_have_units() -> None:
    assert (size("25M"), size("100K"), size("0"), size("${if x}")) == (26214400, 102400, 0, None)


LINES = ("EHLO x", "MAIL FROM:<>", "RCPT TO:<a@example.com>", "RSET", "QUIT")
SPOKEN = """192.0.2.200 192.0.2.25.25\x20
192.0.2.200 192.0.2.25.25 **** SMTP testing session as if from host 192.0.2.200
192.0.2.200 192.0.2.25.25 220 relay1.example.org ESMTP
192.0.2.200 192.0.2.25.25 250-relay1.example.org Hello
192.0.2.200 192.0.2.25.25 250 HELP
192.0.2.200 192.0.2.25.25 250 OK
192.0.2.200 192.0.2.25.25 550 relay not permitted
192.0.2.200 192.0.2.25.25 250 Reset OK
192.0.2.200 192.0.2.25.25 221 closing
2001:db8::c8 192.0.2.25.25 554 go away
"""


def test_replies_are_set_against_what_was_said() -> None:
    stranger, refused = sessions(SPOKEN, LINES)
    assert [(to, reply.code) for _, to, reply in stranger.recipients()] == [("<a@example.com>", 550)]
    assert (stranger.port, stranger.held) == (25, True)
    assert refused.held
    assert [reply.code for _, _, reply in refused.recipients()] == [0]


def test_a_session_is_asked_for_without_a_shell_reading_its_lines() -> None:
    assert "'\"'\"'" in query(("192.0.2.200",), (25,), ("MAIL FROM:<a'b@example.com>",))


def test_folders_are_asked_for_without_a_shell_reading_their_names() -> None:
    asked = writable("Debian-exim; reboot", ["/var/spool/exim4", "/var/log/$(reboot)"])
    inner = shlex.split(asked)[3]
    assert "for d in /var/spool/exim4 '/var/log/$(reboot)';" in inner
    assert "--reuid 'Debian-exim; reboot'" in inner


def test_what_runs_the_queue_is_told_from_what_only_listens() -> None:
    running = ("exim4 /usr/sbin/exim4 -bd -q30m", "exim /usr/exim/bin/exim -bd -qqff15m", "exim4 /usr/sbin/exim4 -q",
               "/etc/cron.d/exim:*/10 * * * * root /usr/sbin/exim4 -qf", "ExecStart=/usr/sbin/runq -30m")  # fmt: skip
    others = (
        "exim4 /usr/sbin/exim4 -bd",
        "/etc/cron.daily/exim4-base: exim_tidydb -q",
        "exim4 /usr/sbin/exim4 -Mc 1abc",
    )
    assert runners("\n".join((*others, *running))) == running


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    found = exim(text)
    runners(text)
    tuple(of_exim(found))
    smarthosts_of(found)
    sessions(text, LINES)
    items(text)
    size(text)


@pytest.mark.parametrize(
    ("runner", "seconds"),
    [
        ("exim4           /usr/sbin/exim4 -bd -q30m", 1800),
        ("exim4           /usr/sbin/exim4 -bd -q30d", 2592000),
        ("exim            /usr/sbin/exim -qff1h30m", 5400),
        ("*/10 * * * * root exim -q", 0),
        ("", 0),
    ],
)
def test_the_interval_of_a_queue_runner(runner: str, seconds: float) -> None:
    assert interval(runner) == seconds
