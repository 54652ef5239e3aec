"""Every line of a mail log is an event, routine, foreign, unparsed or malformed; lines are as the daemons write them."""

import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.log_events import (
    AuthenticationFailure,
    Delivery,
    Event,
    Kind,
    Rejection,
    Severity,
    Trouble,
)
from checks.evidence.maillog import LINE_LIMIT, MailLog, parse_log
from checks.evidence.replies import Reason, classify

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MX = "Mar  2 11:59:01 mx1 "


def only(line: str, prefix: str = MX) -> Event:
    log = parse_log([prefix + line], NOW)
    assert (log.unparsed, log.malformed, log.foreign, len(log.events)) == (0, 0, 0, 1), log
    return log.events[0].event


def routine(line: str, prefix: str = MX) -> bool:
    log = parse_log([prefix + line], NOW)
    assert log.unparsed == log.malformed == 0, log.samples
    return log.routine == 1


DEFERRED = (
    "postfix/smtp[5084]: 23EBE3D5C0: to=<user@Example.ORG>, orig_to=<x>, relay=mx.example.org[192.0.2.60]:25, conn_use=2, delay=2.5, "
    "delays=0.18/0/1.6/0.19, dsn=4.1.1, status=deferred (host mx.example.org[192.0.2.60] said: 452 4.1.1 <user@example.org> user is over quota "
    "(try later) (in reply to RCPT TO command))"
)


def test_a_postfix_delivery_has_all_its_fields() -> None:
    found = only(DEFERRED)
    assert isinstance(found, Delivery)
    assert (found.queue_id, found.recipient_domain, found.relay, found.dsn, found.delay, found.status) == (
        "23EBE3D5C0", "example.org", "mx.example.org[192.0.2.60]:25", "4.1.1", 2.5, "deferred")  # fmt: skip
    assert found.reply.startswith("host mx.example.org[192.0.2.60] said: 452")
    assert classify(found.reply).reason is Reason.MAILBOX_FULL


@pytest.mark.parametrize(
    ("line", "status", "domain", "relay", "reply"),
    [
        (("postfix/lmtp[1]: 4ZQ1bbcdFGz9: to=<a@example.net>, relay=mx1.example.net[private/dovecot-lmtp], delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, "
         "status=sent (250 2.0.0 <a@example.net> x Saved)"), "sent", "example.net", "mx1.example.net[private/dovecot-lmtp]", "250 2.0.0 <a@example.net> x Saved"),
        (("postfix/local[1]: 3D770111AF50: to=<root@mx1>, orig_to=<root>, relay=local, delay=0.01, delays=0/0/0/0, dsn=5.2.2, status=bounced "
         "(cannot update mailbox /var/mail/root for user root. error writing message: File too large)"), "bounced", "mx1", "local", "cannot update mailbox"),
        (("postfix-out/error[1]: 3D770111AF50: to=<b@example.org>, relay=none, delay=1.2, delays=1.1/0/0.03/0, dsn=4.4.3, status=deferred (Host or domain "
         "name not found. Name service error for name=example.org type=MX: Host not found, try again)"), "deferred", "example.org", "none", "Host or domain"),
        ("postfix/qmgr[1]: 3D770111AF50: from=<a@example.net>, status=expired, returned to sender", "expired", "", "none", "returned"),
        (("opensmtpd[9]: 4b3a6c195c1f6010 mta delivery evpid=8f26ea98359eccea from=<a@example.net> to=<b@example.org> rcpt=<-> source=\"192.0.2.1\" "
         "relay=\"192.0.2.9 (mx.example.org)\" delay=1h2s result=\"TempFail\" stat=\"421 4.3.0 too busy\""), "deferred", "example.org", "192.0.2.9 (mx.example.org)", "421 4.3.0 too busy"),
        (("smtpd[9]: 4b3a6c195c1f6010 mda delivery evpid=8f26ea98359eccea from=<a@example.net> to=<b@example.net> rcpt=<b@example.net> user=b delay=1s "
         "result=Ok stat=Delivered"), "sent", "example.net", "local", "Delivered"),
        ("dovecot: lmtp(a@example.net)<123><xYz>: msgid=<1@example.org>: saved mail to INBOX", "sent", "example.net", "dovecot", "msgid="),
        ("dovecot: lmtp(a@example.net)<123><xYz>: msgid=<1@example.org>: save failed to INBOX: Quota exceeded (mailbox for user is full)", "deferred",
         "example.net", "dovecot", "msgid="),
    ],
)  # fmt: skip
def test_deliveries_of_every_agent(line: str, status: str, domain: str, relay: str, reply: str) -> None:
    found = only(line)
    assert isinstance(found, Delivery)
    assert (found.status, found.recipient_domain, found.relay) == (status, domain, relay)
    assert found.reply.startswith(reply)


@pytest.mark.parametrize(
    ("line", "status", "relay", "reply", "delay"),
    [
        ('1u2abc-0001aB-7f => bob@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.5] X=TLS1.3:ECDHE_X25519:256 CV=yes C="250 2.0.0 Ok: queued" QT=2s DT=0.5s',
         "sent", "mx.example.org[192.0.2.5]", "250 2.0.0 Ok: queued", 2.0),
        (("1u2abc-00000001aBc-7f2d == bob@example.org R=dnslookup T=remote_smtp defer (-44): SMTP error from remote mail server after RCPT TO:<bob@example.org>: host mx.example.org "
         "[192.0.2.5]: 450 4.2.0 greylisted"), "deferred", "remote_smtp", "SMTP error from remote mail server", None),
        ("1u2abc-0001aB-7f == bob@example.org R=dnslookup T=remote_smtp defer (111): Connection refused", "deferred", "remote_smtp", "Connection refused", None),
        ("1u2abc-0001aB-7f ** bob@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.5]: SMTP error from remote mail server after RCPT TO:<bob@example.org>: 550 5.1.1 No such user",
         "bounced", "mx.example.org[192.0.2.5]", "SMTP error from remote mail server", None),
        ("1u2abc-0001aB-7f ** bob@example.org: retry timeout exceeded", "bounced", "none", "retry timeout exceeded", None),
    ],
)  # fmt: skip
def test_exim_deliveries(line: str, status: str, relay: str, reply: str, delay: float | None) -> None:
    found = only(line, "2026-03-02 11:59:01 ")
    assert isinstance(found, Delivery)
    assert (found.status, found.relay, found.delay, found.recipient_domain) == (status, relay, delay, "example.org")
    assert found.reply.startswith(reply)


@pytest.mark.parametrize(
    ("line", "user", "address", "mechanism"),
    [
        (MX + "postfix/submission/smtpd[1]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6", "", "192.0.2.7", "LOGIN"),
        (MX + "postfix/smtps/smtpd[1]: warning: h.example[2001:db8::7]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=bob@example.net",
         "bob@example.net", "2001:db8::7", "PLAIN"),
        (MX + "dovecot: imap-login: Disconnected (auth failed, 2 attempts in 4 secs): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS, session=<x>", "bob", "192.0.2.7", "PLAIN"),
        (MX + "dovecot: imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, session=<x>",
         "bob", "192.0.2.7", "PLAIN"),
        (MX + "dovecot[442]: auth-worker(5): conn unix:auth-worker (pid=2,uid=97): auth-worker<5>: sql(bob@example.net,192.0.2.7,<s>): Password mismatch", "bob@example.net", "192.0.2.7", ""),
        ("Mar  2 11:59:01 auth: Info: passwd-file(bob,192.0.2.7): unknown user", "bob", "192.0.2.7", ""),
        (MX + "dovecot: pop3-login: Aborted login (tried to use disallowed plaintext auth): user=<>, rip=192.0.2.7, lip=192.0.2.1, session=<x>", "", "192.0.2.7", ""),
        ("2026-03-02 11:59:01 dovecot_login authenticator failed for h.example (User) [192.0.2.7]: 535 Incorrect authentication data (set_id=bob)", "bob", "192.0.2.7", "DOVECOT_LOGIN"),
        ("2026-03-02 11:59:01 plain authenticator failed for ([10.0.0.2]) [192.0.2.7]:4144 I=[192.0.2.1]:25: 535 Incorrect authentication data", "", "192.0.2.7", "PLAIN"),
        (MX + "smtpd[9]: 4b3a6c195c1f6010 smtp authentication user=bob address=192.0.2.7 host=h.example result=permfail", "bob", "192.0.2.7", ""),
    ],
)  # fmt: skip
def test_failed_logins(line: str, user: str, address: str, mechanism: str) -> None:
    found = only(line, "")
    assert isinstance(found, AuthenticationFailure)
    assert (found.user, found.address, found.mechanism) == (user, address, mechanism)


@pytest.mark.parametrize(
    ("line", "stage", "address", "code", "reason"),
    [
        (MX + "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; "
         "https://www.spamhaus.org/query/ip/192.0.2.7; from=<a@example.com> to=<b@example.net> proto=SMTP helo=<x>", "RCPT", "192.0.2.7", "554", Reason.LISTED),
        (MX + "postfix/postscreen[1]: NOQUEUE: reject: RCPT from [2001:db8::7]:60591: 550 5.7.1 Service unavailable; client [2001:db8::7] blocked using zen.spamhaus.org; from=<a@example.com>",
         "RCPT", "2001:db8::7", "550", Reason.LISTED),
        (MX + "postfix/cleanup[1]: 4ZQ1bbcdFGz9: milter-reject: END-OF-MESSAGE from h.example[192.0.2.7]: 5.7.1 Spam message rejected; from=<a@example.com> to=<b@example.net>",
         "END-OF-MESSAGE", "192.0.2.7", "", Reason.CONTENT_REFUSED),
        (MX + "postfix/smtpd[1]: NOQUEUE: reject: EHLO from h.example[192.0.2.7]: 504 5.5.2 <User>: Helo command rejected: need fully-qualified hostname; proto=SMTP helo=<User>",
         "EHLO", "192.0.2.7", "504", Reason.PTR_HELO),
        (MX + "postfix/cleanup[1]: 4ZQ1bbcdFGz9: reject: header Subject: buy from h.example[192.0.2.7]; from=<a@example.com> to=<b@example.net> proto=ESMTP helo=<x>: 5.7.1 Spam message rejected",
         "HEADER", "192.0.2.7", "", Reason.CONTENT_REFUSED),
        (MX + "postfix/smtpd[1]: proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=11912-03 - INFECTED: Eicar-Test-Signature; from=<a@example.com> to=<b@example.net> proto=ESMTP helo=<x>",
         "END-OF-MESSAGE", "", "554", Reason.CONTENT_REFUSED),
        ("2026-03-02 11:59:01 H=h.example (me) [192.0.2.7] F=<a@example.com> rejected RCPT <b@example.org>: relay not permitted", "RCPT", "192.0.2.7", "", Reason.RELAY_DENIED),
        ("2026-03-02 11:59:01 rejected EHLO or HELO: x H=[192.0.2.7]", "", "", "", None),
        (MX + 'smtpd[9]: 4b3a6c195c1f6010 smtp failed-command command="RCPT TO:<x@example.net>" result="550 Invalid recipient: <x@example.net>"', "RCPT", "", "550", Reason.USER_UNKNOWN),
    ],
)  # fmt: skip
def test_rejections(line: str, stage: str, address: str, code: str, reason: Reason | None) -> None:
    log = parse_log([line], NOW)
    if reason is None:
        assert log.unparsed + log.routine + len(log.events) == 1  # a shape Exim does not write
        return
    found = log.events[0].event
    assert isinstance(found, Rejection)
    assert (found.stage, found.address, found.code) == (stage, address, code)
    assert classify(found.reason).reason is reason
    assert "helo=" not in found.reason


@pytest.mark.parametrize(
    ("line", "kind", "severity"),
    [
        ("postfix/master[1]: fatal: bind 0.0.0.0 port 25: Address already in use", Kind.OTHER, Severity.FATAL),
        ('postfix/master[1]: warning: service "smtp" (25) has reached its process limit "100": new clients may experience noticeable delays', Kind.PROCESS_LIMIT, Severity.WARNING),
        ("postfix/master[1]: warning: process /usr/lib/postfix/sbin/smtpd pid 42 killed by signal 11", Kind.CRASH, Severity.WARNING),
        ("postfix/smtpd[1]: warning: connect to Milter service inet:localhost:8891: Connection refused", Kind.MILTER, Severity.WARNING),
        ("postfix/smtpd[1]: error: open database /etc/postfix/virtual.db: No such file or directory", Kind.MAP, Severity.ERROR),
        ("postfix/trivial-rewrite[1]: warning: virtual_alias_maps lookup failure for mysql:/etc/postfix/alias.cf", Kind.MAP, Severity.WARNING),
        ("postfix/smtpd[1]: warning: not enough free space in mail queue: 100 bytes < 1.5*message size limit", Kind.DISK, Severity.WARNING),
        ("postfix/smtpd[1]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:../ssl/record/ssl3_record.c:331:", Kind.TLS, Severity.WARNING),
        ("postfix/smtp[1]: SSL_connect error to mx.example.org[192.0.2.1]:25: lost connection", Kind.TLS, Severity.WARNING),
        ("postfix/smtp[1]: connect to mx.example.org[192.0.2.1]:25: Connection timed out", Kind.CONNECTION, Severity.INFO),
        ("postfix/smtpd[1]: lost connection after AUTH from unknown[192.0.2.7]", Kind.CONNECTION, Severity.INFO),
        ("postfix/postfix-script[1]: warning: not owned by root: /var/spool/postfix/etc", Kind.CONFIGURATION, Severity.WARNING),
        ("postfix/smtpd[1]: warning: hostname h.example does not resolve to address 192.0.2.7: Name or service not known", Kind.DNS, Severity.WARNING),
        ("postfix/smtp[1]: panic: myfree: corrupt or unallocated memory block", Kind.OTHER, Severity.PANIC),
        ("dovecot: master: Warning: service(imap-login): process_limit (100) reached, client connections are being dropped", Kind.PROCESS_LIMIT, Severity.WARNING),
        ("dovecot: imap(bob)<1><x>: Error: stat(/mail/bob) failed: Permission denied", Kind.CONFIGURATION, Severity.ERROR),
        ("dovecot: auth: Fatal: passwd-file /etc/dovecot/users: open() failed: No such file or directory", Kind.AUTHENTICATION, Severity.FATAL),
        ("dovecot: lmtp(1): Panic: file istream.c: line 84: assertion failed", Kind.OTHER, Severity.PANIC),
        ("opendkim[1]: 4ZQ1: no signing table match for 'a@example.net'", Kind.DKIM, Severity.WARNING),
        ("opendkim[1]: can't load key from /etc/dkim/x.private: Permission denied", Kind.DKIM, Severity.WARNING),
        ("smtpd[1]: warn: table aliases: no such file", Kind.MAP, Severity.WARNING),
        ("smtpd[1]: 4b3a6c195c1f6010 mta error reason=Connection timeout", Kind.CONNECTION, Severity.INFO),
        ("systemd-journald[1]: Suppressed 4711 messages from postfix@-.service", Kind.SUPPRESSED, Severity.WARNING),
        ("rsyslogd: imuxsock[pid: 9, name: /usr/lib/postfix/sbin/smtpd]: 4711 messages lost due to rate-limiting", Kind.SUPPRESSED, Severity.WARNING),
    ],
)  # fmt: skip
def test_trouble_has_a_kind_and_a_severity(line: str, kind: Kind, severity: Severity) -> None:
    found = only(line)
    assert isinstance(found, Trouble)
    assert (found.kind, found.severity) == (kind, severity)


def test_the_subject_of_trouble_is_named() -> None:
    assert (
        getattr(
            only("postfix/smtpd[1]: warning: connect to Milter service inet:localhost:8891: Connection refused"),
            "subject",
            "",
        )
        == "inet:localhost:8891"
    )
    assert (
        getattr(
            only("postfix/smtpd[1]: error: open database /etc/postfix/virtual.db: No such file or directory"),
            "subject",
            "",
        )
        == "/etc/postfix/virtual.db"
    )


@pytest.mark.parametrize(
    "line",
    [
        "postfix/smtpd[1]: connect from mx.example.org[192.0.2.1]",
        "postfix/smtpd[1]: disconnect from unknown[192.0.2.1] ehlo=1 auth=0/1 quit=1 commands=2/3",
        "postfix/smtpd[1]: 3D770111AF50: client=mx.example.org[192.0.2.1]",
        "postfix/qmgr[1]: 3D770111AF50: from=<a@example.net>, size=1, nrcpt=1 (queue active)",
        "postfix/qmgr[1]: 3D770111AF50: removed",
        "postfix/cleanup[1]: 3D770111AF50: message-id=<1@example.net>",
        "postfix/smtp[1]: Trusted TLS connection established to mx.example.org[192.0.2.1]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
        "postfix/smtp[1]: 3D770111AF50: host mx.example.org[192.0.2.1] said: 450 4.7.1 greylisted (in reply to RCPT TO command)",
        "postfix/anvil[1]: statistics: max connection rate 1/60s for (smtp:192.0.2.1) at Mar  2 11:00:00",
        "postfix/postscreen[1]: CONNECT from [192.0.2.1]:1 to [192.0.2.2]:25",
        "postfix/postscreen[1]: PASS OLD [192.0.2.1]:1",
        "postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix",
        "postfix/cleanup[1]: 3D770111AF50: warning: header Subject: hello from unknown[192.0.2.1]; from=<a@example.net>",
        "dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=5, TLS, session=<x>",
        "dovecot: imap(bob)<5><x>: Disconnected: Logged out in=1 out=2",
        "dovecot: master: Dovecot v2.3.19.1 (9b53102964) starting up for imap, lmtp (core dumps disabled)",
        "opendkim[1]: 4ZQ1: DKIM-Signature field added (s=mail, d=example.net)",
        "opendkim[1]: OpenDKIM Filter v2.11.0 starting (args: -f)",
        "smtpd[1]: 4b3a6c195c1f6010 smtp connected address=192.0.2.1 host=mx.example.org",
    ],
)
def test_routine_is_known_and_no_event(line: str) -> None:
    assert routine(line)


@pytest.mark.parametrize(
    "line",
    ["1u2abc-0001aB-7f <= a@example.net U=a P=local S=361", "1u2abc-0001aB-7f Completed", "Start queue run: pid=5"],
)
def test_exim_routine(line: str) -> None:
    assert routine(line, "2026-03-02 11:59:01 ")


def test_what_nobody_knows_is_counted_and_shown() -> None:
    log = parse_log(
        [
            MX + "postfix/smtpd[1]: quux frobnicated",
            MX + "sshd[1]: Accepted publickey",
            "no stamp at all",
            "",
            "-- Boot 1 --",
        ],
        NOW,
    )
    assert (log.lines, log.unparsed, log.foreign, log.malformed, len(log.events)) == (3, 1, 1, 1, 0)
    assert log.samples == (MX + "postfix/smtpd[1]: quux frobnicated", "no stamp at all")


def test_every_line_ends_in_one_count() -> None:
    log = parse_log(
        [MX + DEFERRED, MX + "postfix/qmgr[1]: 3D770111AF50: removed", MX + "cron[1]: x", MX + "postfix/x[1]: y", "z"],
        NOW,
    )
    assert log.lines == len(log.events) + log.routine + log.foreign + log.unparsed + log.malformed == 5


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("Mar  2 11:59:01 mx1 ", datetime(2026, 3, 2, 11, 59, 1, tzinfo=UTC)),
        ("Dec 31 23:59:59 mx1 ", datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),  # last year's
        ("Mar  3 00:10:00 mx1 ", datetime(2026, 3, 3, 0, 10, tzinfo=UTC)),  # a clock a little ahead
        ("Feb 29 10:00:00 mx1 ", datetime(2022, 3, 1, tzinfo=UTC)),  # see below
        ("2026-03-02T11:59:01.620674+01:00 mx1 ", datetime(2026, 3, 2, 10, 59, 1, 620674, tzinfo=UTC)),
        ("2026-03-02T11:59:01.123456789Z mx1 ", datetime(2026, 3, 2, 11, 59, 1, 123456, tzinfo=UTC)),
        ("2026-03-02T11:59:01+0000 mx1 ", datetime(2026, 3, 2, 11, 59, 1, tzinfo=UTC)),
    ],
)
def test_time_stamps(stamp: str, expected: datetime) -> None:
    log = parse_log([stamp + "postfix/qmgr[1]: 3D770111AF50: removed"], NOW)
    if stamp.startswith("Feb 29"):
        assert log.malformed == 1  # no leap year within reach of this clock
    else:
        assert log.start == log.end == expected


def test_a_stamp_without_zone_is_the_hosts_own() -> None:
    berlin = timezone(timedelta(hours=1))
    log = parse_log(["Mar  2 11:59:01 mx1 postfix/qmgr[1]: 3D770111AF50: removed"], NOW, berlin)
    assert log.start == datetime(2026, 3, 2, 10, 59, 1, tzinfo=UTC)


def journal(message: object, identifier: str = "postfix/smtp") -> str:
    return json.dumps(
        {
            "__REALTIME_TIMESTAMP": "1772452741000000",
            "_HOSTNAME": "mx1",
            "SYSLOG_IDENTIFIER": identifier,
            "_PID": "1",
            "PRIORITY": "6",
            "MESSAGE": message,
        }
    )


def test_the_journal_is_read_as_json() -> None:
    text = DEFERRED.partition(": ")[2]
    for message in (text, list(text.encode())):
        log = parse_log([journal(message)], NOW)
        assert isinstance(log.events[0].event, Delivery)
        assert (log.events[0].host, log.events[0].program) == ("mx1", "postfix/smtp")
        assert log.start == datetime(2026, 3, 2, 11, 59, 1, tzinfo=UTC)


@pytest.mark.parametrize("length", [60, 90, 120, 150])
def test_a_cut_line_is_unparsed_and_its_neighbours_are_not(length: int) -> None:
    log = parse_log([MX + DEFERRED[:length], MX + DEFERRED, journal("x")[:40]], NOW)
    assert (len(log.events), log.unparsed, log.malformed) == (1, 1, 1)


def test_a_clock_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        parse_log([], datetime(2026, 3, 2))  # noqa: DTZ001 - on purpose


PROGRAMS = st.sampled_from(
    ["postfix/smtpd[1]: ", "postfix/smtp[1]: ", "dovecot: ", "exim[1]: ", "opendkim[1]: ", "smtpd[1]: ", "x", ""]
)
STAMPS = st.sampled_from(
    [
        "Mar  2 11:59:01 mx1 ",
        "2026-03-02T11:59:01Z mx1 ",
        "2026-03-02 11:59:01 ",
        "Feb 31 25:61:61 x ",
        "9999-99-99 99:99:99 ",
        "{",
        "",
    ]
)


@given(st.lists(st.builds("{}{}{}".format, STAMPS, PROGRAMS, st.text(max_size=120)), max_size=8))
@settings(max_examples=300, deadline=None)
def test_any_lines_give_a_log(lines: list[str]) -> None:
    log = parse_log(lines, NOW)
    assert isinstance(log, MailLog)
    assert log.lines == len(log.events) + log.routine + log.foreign + log.unparsed + log.malformed


@given(
    st.dictionaries(
        st.sampled_from(["__REALTIME_TIMESTAMP", "MESSAGE", "SYSLOG_IDENTIFIER", "_COMM", "_HOSTNAME"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.integers(), max_size=5),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_journal_entry_gives_a_log(entry: dict[str, object]) -> None:
    assert isinstance(parse_log([json.dumps(entry)], NOW), MailLog)


@pytest.mark.parametrize(
    "unit", ["a", " ", "(", "to=<x>, ", "user=<a>, ", "rejected ", "[1.2.3.4] ", "x: ", "<", "1u2abc-0001aB-7f "]
)
@pytest.mark.parametrize(
    "start",
    [
        "postfix/smtpd[1]: ",
        "postfix/smtp[1]: 3D770111AF50: to=<a@b>, relay=x, ",
        "dovecot: imap-login: ",
        "exim[1]: H=",
        "opendkim[1]: ",
        "smtpd[1]: 4b3a6c195c1f6010 smtp ",
    ],
)
def test_a_line_of_a_megabyte_is_cut_and_cheap(start: str, unit: str) -> None:
    line = MX + start + unit * (1_000_000 // len(unit))
    started = time.process_time()
    log = parse_log([line] * 3, NOW)
    assert time.process_time() - started < 1.0
    assert log.lines == 3
    assert len(line) > LINE_LIMIT


def test_an_exim_warning_of_two_lines_and_its_start_script_are_known() -> None:
    own = parse_log(
        ["2026-11-23 23:32:25 Warning: purging the environment.", " Suggested action: use keep_environment."], NOW
    )
    assert (own.routine, own.unparsed, own.malformed) == (2, 0, 0)
    journal = [
        "2026-11-23T23:32:25+0000 relay1 exim4[36]: Starting MTA:",
        "2026-11-23T23:32:25+0000 relay1 exim4[43]:  Suggested action: use keep_environment.",
        "2026-11-23T23:32:26+0000 relay1 exim4[36]:  exim4.",
    ]
    assert (parse_log(journal, NOW).routine, parse_log(journal, NOW).unparsed) == (3, 0)
