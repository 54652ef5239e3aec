"""What daemons' own tests say, and when they read their configuration."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.command import command
from checks.evidence.daemon_configuration import CHRONY, QUERY, TESTS, read, trouble, untested
from checks.evidence.transcript import Answer, NoEvidence, Transcript
from checks.fixtures.daemon_configuration import reading_daemon, unreadable_configuration
from checks.resolve import Reading
from checks.run import recorded_inventory
from checks.services import Service, rows
from checks.target import fleet

RAN = """since 1000 rspamd
file 1500 /etc/rspamd/local.d/actions.conf
since 1000 opendkim
file 1400 /etc/opendkim.conf
file 1600 /etc/opendkim/signing table
reloaded 1500
since 1000 rsyslog
file 1001 /etc/rsyslog.d/x.conf
since 900 opendmarc
file 950 /etc/opendmarc.conf
reloaded n/a
unheard
"""


def test_what_was_written_since_is_unread() -> None:
    found = {name: each.unread for name, each in read(RAN).items()}
    assert found == {
        "rspamd": ("/etc/rspamd/local.d/actions.conf",),
        "opendkim": ("/etc/opendkim/signing table",),
        "rsyslog": (),
        "opendmarc": ("/etc/opendmarc.conf",),
    }


def test_a_reload_that_the_journal_would_not_tell_of_is_noted() -> None:
    assert [name for name, each in read(RAN).items() if not each.heard] == ["opendmarc"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/etc/unbound/unbound.conf:25: error: unknown keyword 'bogus'\nread failed", "unbound.conf:25: error"),
        (
            "2026 fail2ban.configreader: WARNING 'x' not defined\n2026 fail2ban: ERROR Failed during conf",
            "Failed during",
        ),
        ("2026-11-28T00:00:00Z Fatal error : Could not parse poool directive at line 3", "line 3"),
        ("", ""),
        ("strange\nwords", "strange"),
    ],
)
def test_the_line_that_names_the_trouble_is_told(said: str, told: str) -> None:
    assert told in trouble(said)


@given(st.text(), st.lists(st.sampled_from(RAN.splitlines())))
def test_any_text_can_be_read(text: str, lines: list[str]) -> None:
    for each in read("\n".join([*lines, text])).values():
        assert set(each.unread) <= set(each.files)
    assert len(trouble(text)) <= 200


@pytest.mark.parametrize(
    ("said", "old"),
    [
        ("chronyd: invalid option -- 'p'", True),
        ("Fatal error : Unrecognized command line option [-p]", True),
        ("Fatal error : Could not parse poool directive at line 3", False),
    ],
)
def test_a_chronyd_without_such_a_test_is_known(said: str, *, old: bool) -> None:
    assert untested("chrony", said) == old
    assert not untested("rsyslog", said)


def ran(folder: Path, **programs: str) -> tuple[int, str, str]:
    """What the script does where these programs stand in for the host's own."""
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    told = ["sh", "-c", QUERY.removeprefix("sudo ")]
    done = subprocess.run(told, capture_output=True, text=True, env=path, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_script_is_one_that_a_shell_takes(tmp_path: Path) -> None:
    """With a ps that knows of no process it ends well and says nothing."""
    assert ran(tmp_path, ps="exit 1") == (0, "", "")


def test_processes_of_other_namespaces_are_passed_over(tmp_path: Path) -> None:
    """A container's nginx beside files of the host's that nobody uses."""
    link = 'case $1 in */7/*) echo "pid:[7]";; *) echo "pid:[1]";; esac'
    _, told, _ = ran(tmp_path, ps='[ "$2" != nginx ] || echo "    7      90"', readlink=link, stat="exit 1")
    assert told == ""
    _, told, _ = ran(tmp_path, ps='[ "$2" != nginx ] || echo "    8      90"', readlink=link, stat="exit 1")
    assert [each.name for each in read(told).values()] == ["nginx"]


NEWEST = 2_000_000_000
PCRE = 'case "$*" in --version) echo +PCRE2;; '


@pytest.mark.parametrize(
    ("journalctl", "systemctl", "heard", "unread"),
    [
        (PCRE + f"*-g*@{NEWEST}*) echo {NEWEST + 9}.1 mx;; *) echo line;; esac", "", True, False),
        (PCRE + "*-g*) ;; *) echo line;; esac", "", True, True),
        (PCRE + "esac", "", False, True),  # it keeps no line of OpenDKIM from before
        ("echo -PCRE2", "", False, True),
        ("exit 1", "echo 'ExecReload={ start_time=[Wed 2033-05-18 03:34:00 UTC] ; stop_time=[n/a] }'", False, False),
        (PCRE + "*-g*) ;; *) echo line;; esac", "echo 'ExecReload={ start_time=[n/a] ; }'", True, True),
    ],
)
def test_a_reload_is_found_in_the_journal_or_with_systemd(
    tmp_path: Path, journalctl: str, systemctl: str, *, heard: bool, unread: bool
) -> None:
    stat = f"echo {NEWEST} /etc/opendkim.conf; echo {NEWEST - 50} /etc/opendkim/SigningTable"
    ps = '[ "$2" != opendkim ] || echo "$PPID 90"'
    link = "echo one"
    _, told, _ = ran(tmp_path, ps=ps, stat=stat, readlink=link, journalctl=journalctl, systemctl=systemctl)
    each = read(told)["opendkim"]
    assert (each.heard, each.unread) == (heard, ("/etc/opendkim.conf",) if unread else ())


def test_a_test_that_hangs_tells_nothing_of_the_others() -> None:
    host = next(iter(fleet(recorded_inventory("acme", {"mx1": {"mailassay_roles": ["mx"]}})).hosts))
    services = {name: Service(rows()[name], ()) for name in ("unbound", "rsyslog")}
    told = {
        command(host, TESTS["unbound"]): Answer("timed out"),
        command(host, TESTS["rsyslog"]): Answer("exit 0"),
        command(host, CHRONY): Answer("exit 1", b"chronyd: invalid option -- 'p'"),
    }
    reading = Reading(Transcript(datetime(2026, 11, 28, tzinfo=UTC), told))
    found = dict(unreadable_configuration(reading, host, services))
    assert isinstance(found.pop("unbound"), NoEvidence)
    assert found == {"rsyslog": ""}


def test_a_host_without_ps_is_not_passed() -> None:
    host = next(iter(fleet(recorded_inventory("acme", {"mx1": {"mailassay_roles": ["mx"]}})).hosts))
    told = {command(host, QUERY): Answer("exit 127")}
    with pytest.raises(NoEvidence):
        list(reading_daemon(Reading(Transcript(datetime(2026, 11, 28, tzinfo=UTC), told)), host))
