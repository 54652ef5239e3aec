"""The end of a log as a host hands it out: without what tells nothing, with tokens for people, counted."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import log_excerpt
from checks.evidence.maillog import parse_log

AT = "2026-11-26T06:22:56.1+00:00 mx1 "
NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
LINES = [
    "postfix/smtpd[1]: connect from a.example.org[192.0.2.1]",
    "postfix/qmgr[1]: 4ABCDEF: from=<alice@example.org>, size=400, nrcpt=1 (queue active)",
    (
        "postfix/smtp[1]: 4ABCDEF: to=<bob@example.net>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, "
        "status=deferred (connect to mx.example.net[192.0.2.9]:25: Connection refused)"
    ),
    "postfix/qmgr[1]: 4ABCDEF: removed",
    "postfix/smtpd[1]: warning: a.example.org[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=bob",
    "dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts): user=<bob@example.net>, rip=192.0.2.1",
    "dovecot: imap-login: Login: user=<carol>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=1, TLS",
    "systemd[1]: Started postfix@-.service - Postfix",
]


def thinned(tmp_path: Path, lines: list[str], octets: int = 1 << 20) -> tuple[list[str], int]:
    log = tmp_path / "mail.log"
    log.write_text("".join(f"{AT}{line}\n" for line in lines))
    script = log_excerpt.of_file(str(log), octets).removeprefix("sudo ")
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True)
    return log_excerpt.split(done.stdout.decode())


@pytest.mark.skipif(not shutil.which("awk"), reason="thinning needs awk")
def test_a_log_is_thinned_and_people_become_tokens(tmp_path: Path) -> None:
    lines, left_out = thinned(tmp_path, LINES)
    assert (len(lines), left_out) == (4, 4)
    text = "\n".join(lines)
    for name in ("alice", "bob", "carol"):
        assert name not in text
    assert "status=deferred" in text
    assert "postfix@-.service" in text
    log = parse_log(lines, NOW)
    assert (log.unparsed, log.malformed, len(log.events)) == (0, 0, 3)


@pytest.mark.skipif(not shutil.which("awk"), reason="thinning needs awk")
def test_the_same_person_has_the_same_token(tmp_path: Path) -> None:
    lines, _ = thinned(tmp_path, [LINES[2], LINES[4], LINES[5], LINES[2].replace("bob", "BOB")])
    found = {line.partition("to=<")[2].partition("@")[0] for line in lines if "to=<" in line}
    found |= {line.partition("sasl_username=")[2] for line in lines if "sasl_username" in line}
    found |= {line.partition("user=<")[2].partition("@")[0] for line in lines if "user=<" in line}
    assert len(found) == 1


@pytest.mark.skipif(not shutil.which("awk"), reason="thinning needs awk")
def test_a_short_log_is_read_on_in_the_one_rotated_before(tmp_path: Path) -> None:
    (tmp_path / "mail.log.1").write_text(f"{AT}{LINES[4]}\n")
    (tmp_path / "mail.log.2.gz").write_bytes(b"\x1f\x8b\0\0")
    lines, _ = thinned(tmp_path, [LINES[2]])
    assert [line.partition("]: ")[2][:7] for line in lines] == ["warning", "4ABCDEF"]


def test_starts_are_found_and_dropped_lines_of_mail_told_from_others() -> None:
    lines = [f"{AT}postfix/master[356]: daemon started -- version 3.7.11, configuration /etc/postfix",
             f"{AT}dovecot: master: Dovecot v2.3.19.1 (9b53102964) starting up for imap"]  # fmt: skip
    assert set(log_excerpt.starts(lines, NOW)) == {"postfix", "dovecot"}
    said = ("2026-11-26T06:50:16+00:00 mx2 systemd-journald[195]: Suppressed 50 messages from postfix.service\n"
            "2026-11-26T06:50:16+00:00 mx2 systemd-journald[195]: Suppressed 9 messages from nginx.service\n"
            "Nov 26 06:50:16 mx1 rsyslogd: imuxsock[pid 9]: begin to drop messages due to rate-limiting\n")  # fmt: skip
    assert len(log_excerpt.dropped(said)) == 1


@given(st.text(max_size=400))
@settings(deadline=None)
def test_any_text_is_split(text: str) -> None:
    lines, left_out = log_excerpt.split(text)
    assert left_out >= 0
    log_excerpt.starts(lines, NOW)
    log_excerpt.dropped(text)
