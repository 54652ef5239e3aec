"""Rules of rsyslog that throw mail's lines away are told from those that keep them first, or drop mere noise."""

import pytest

from checks.evidence.log_discarding import discarded

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
