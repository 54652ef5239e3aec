"""Rules of rsyslog that throw mail's lines away are told from those that keep them first, or drop mere noise."""

import pytest

from checks.evidence.log_discarding import discarded, nowhere

AROUND = "auth,authpriv.* /var/log/auth.log\n{}\nmail.* -/var/log/mail.log\n"


@pytest.mark.parametrize(
    "rule",
    [
        "if $syslogfacility-text == 'mail' and $syslogseverity >= 6 then stop",
        "mail.* stop",
        "mail.info ~",
        ':programname, startswith, "postfix" stop',
        "if $programname startswith 'dovecot' then {\n  stop\n}",
    ],
)
def test_what_throws_mail_away_is_named(rule: str) -> None:
    assert len(discarded(AROUND.format(rule))) == 1


@pytest.mark.parametrize(
    "rule",
    [
        ':msg, contains, "connect from" stop',
        "if $programname == 'postfix' and $msg contains 'warning' then stop",
        "if $programname == 'cron' then stop",
        "mail.* -/var/log/mail/all.log\n& stop",
        "*.* @@log.example.org:514\nmail.* stop",
        "if $syslogfacility-text == 'mail' and $syslogseverity > 6 then stop",
        'if $programname == \'dovecot\' then {\n  action(type="omfile" file="/var/log/dovecot.log")\n  stop\n}',
    ],
)
def test_what_keeps_mail_or_drops_noise_is_not(rule: str) -> None:
    assert discarded(AROUND.format(rule)) == ()


@pytest.mark.parametrize(
    ("program", "told", "setting"),
    [
        ("dovecot", "syslog\n/dev/null\n", "info_log_path = /dev/null"),
        ("dovecot", "/dev/null\n\n", "log_path = /dev/null"),
        ("postfix", "/dev/null\n", "maillog_file = /dev/null"),
        ("exim", "log_file_path = /dev/null\n", "log_file_path = /dev/null"),
    ],
)
def test_a_log_that_leads_nowhere_is_named(program: str, told: str, setting: str) -> None:
    assert nowhere(program, told) == (setting,)


@pytest.mark.parametrize(
    ("program", "told"),
    [("dovecot", "syslog\n\n"), ("dovecot", "/dev/stderr\n/dev/stdout\n"), ("postfix", "\n"), ("dovecot", ""),
     ("exim", "log_file_path = syslog : /dev/null\n"), ("exim", "log_file_path = \n")],
)  # fmt: skip
def test_a_log_that_leads_somewhere_is_not(program: str, told: str) -> None:
    assert not nowhere(program, told)
