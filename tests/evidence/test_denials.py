"""What AppArmor and SELinux denied, as the kernel's log and auditd's tell it."""

from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.command import command
from checks.evidence.denials import QUERY, denials
from checks.evidence.transcript import Answer, NoEvidence, Transcript
from checks.fixtures.denials import denied_wishes
from checks.resolve import Reading, Skip
from checks.run import recorded_inventory
from checks.target import Host, fleet

HOST: Host = next(iter(fleet(recorded_inventory("acme", {"mx1": {"mailassay_roles": ["mx"]}})).hosts))
NOW = 1_800_000_000
APPARMOR = (
    'audit: type=1400 audit({when}.100:9): apparmor="DENIED" operation="open" profile="/usr/sbin/clamd" '
    'name="/srv/mail/x" pid=9 comm="clamd" requested_mask="r" denied_mask="r" fsuid=112 ouid=0'
)
SELINUX = (
    'type=AVC msg=audit({when}.100:9): avc:  denied  {{ write }} for  pid=9 comm="smtpd" name="opendkim.sock" dev="tmpfs" '
    "ino=7 scontext=system_u:system_r:postfix_smtpd_t:s0 tcontext=system_u:object_r:var_run_t:s0 tclass=sock_file "
    "permissive=0"
)


def said(line: str, age: int = 60) -> tuple[str, ...]:
    return tuple(map(str, denials(f"{line.format(when=NOW - age)}\nnow {NOW}")))


def test_of_each_module_program_and_file_are_told() -> None:
    assert said(APPARMOR) == ("clamd: open /srv/mail/x",)
    assert said(SELINUX) == ("smtpd: write opendkim.sock",)


@pytest.mark.parametrize(
    ("profile", "comm"),
    [("/usr/lib/dovecot/auth", "auth"), ("dovecot-auth", "auth"), ("rsyslogd", "x"), ("y", "exim4")],
)
def test_mail_programs_are_known_by_their_profiles_or_names(profile: str, comm: str) -> None:
    line = APPARMOR.replace("/usr/sbin/clamd", profile).replace('comm="clamd"', f'comm="{comm}"')
    assert said(line) == (f"{comm}: open /srv/mail/x",)


@pytest.mark.parametrize(
    ("text", "error"),
    [("now 1\n", NoEvidence), ("container\nnow 1\n", Skip), ("seen\nnow 1\n", None), ("", NoEvidence)],
)
def test_a_host_that_keeps_no_line_of_the_kernel_is_not_passed(text: str, error: type[Exception] | None) -> None:
    told = {command(HOST, QUERY): Answer("exit 0", text.encode())}
    transcript = Transcript(datetime(2026, 11, 28, tzinfo=UTC), told)
    with pytest.raises(error) if error else nullcontext():
        assert denied_wishes(Reading(transcript), HOST) == ()


def test_repetitions_are_counted() -> None:
    assert said(f"{APPARMOR}\n{APPARMOR}") == ("clamd: open /srv/mail/x (2 times)",)


@pytest.mark.parametrize(
    "line",
    [
        APPARMOR.replace("clamd", "cupsd"),  # no program of mail
        APPARMOR.replace("/srv/mail/x", "/proc/9/net/if_inet6"),  # what stock profiles deny on every host
        APPARMOR.replace('operation="open"', 'operation="capable"').replace(
            'name="/srv/mail/x"', 'capname="net_admin"'
        ),
        SELINUX.replace("tclass=sock_file", "tclass=capability"),
        SELINUX.replace('name="opendkim.sock" dev="tmpfs"', 'name="net" dev="proc"'),
        SELINUX.replace('dev="tmpfs"', 'dev="sysfs"'),
        SELINUX.replace("postfix_smtpd_t", "container_t"),
        SELINUX.replace('comm="smtpd"', 'comm="renamed"').replace("postfix_smtpd_t", "unconfined_t"),
        APPARMOR.replace(
            'operation="open"', 'operation="open" info="Failed name lookup - disconnected path" error=-13'
        ),
        APPARMOR.replace("/usr/sbin/clamd", "lxc-container-default-cgns"),
        APPARMOR.replace("/usr/sbin/clamd", "docker-default"),
        APPARMOR.replace("/usr/sbin/clamd", "snap.imap.clamd"),
        "",
    ],
)
def test_harmless_wishes_are_passed_over(line: str) -> None:
    assert said(line) == ()


def test_what_was_hours_ago_is_over() -> None:
    assert said(APPARMOR, age=7 * 3600) == ()


@given(st.text(), st.sampled_from([APPARMOR, SELINUX]), st.integers(0, 60))
def test_any_text_can_be_read(text: str, line: str, cut: int) -> None:
    denials(f"{text}\n{line[:-cut]}\nnow {NOW}")
