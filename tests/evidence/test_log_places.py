"""Where mail's log is, whether it is written and rotated: read from configurations as Debian, RHEL and sites write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import journal, log_place, rotation, syslog_conf

DEBIAN = """\
module(load="imuxsock")
$ActionFileDefaultTemplate RSYSLOG_TraditionalFileFormat
*.*;auth,authpriv.none\t\t-/var/log/syslog
auth,authpriv.*\t\t\t/var/log/auth.log
mail.*\t\t\t\t-/var/log/mail.log
mail.err\t\t\t/var/log/mail.err
*.emerg\t\t\t\t:omusrmsg:*
"""
RHEL = """\
module(load="imjournal"
       StateFile="imjournal.state")
*.info;mail.none;authpriv.none;cron.none                /var/log/messages
mail.*                                                  -/var/log/maillog
*.* @@logs.example.org:514
"""
UBUNTU_WITHOUT_MAIL = "*.*;auth,authpriv.none\t-/var/log/syslog\nauth,authpriv.*\t/var/log/auth.log\n"
RAINER = """\
if $programname startswith 'postfix' then {
    action(type="omfile" file="/srv/log/postfix.log")
    stop
}
action(type="omfwd" target="192.0.2.9" port="514" protocol="tcp")
"""
SYSLOG_NG = """\
destination d_mail { file("/var/log/mail.log"); };
destination d_mailerr { file("/var/log/mail.err"); };
destination d_syslog { file("/var/log/syslog"); };
destination d_net { network("192.0.2.9" port(514)); };
filter f_mail { facility(mail) and not filter(f_debug); };
filter f_err { level(err .. emerg); };
filter f_syslog3 { not facility(auth, authpriv, mail) and not filter(f_debug); };
log { source(s_src); filter(f_syslog3); destination(d_syslog); };
log { source(s_src); filter(f_mail); destination(d_mail); };
log { source(s_src); filter(f_mail); filter(f_err); destination(d_mailerr); };
log { source(s_src); destination(d_net); };
"""


@pytest.mark.parametrize(
    ("text", "file", "remote"),
    [
        (DEBIAN, "/var/log/mail.log", []),
        (RHEL, "/var/log/maillog", ["logs.example.org:514"]),
        (UBUNTU_WITHOUT_MAIL, "/var/log/syslog", []),
        (RAINER, "/srv/log/postfix.log", ["192.0.2.9"]),
        ("mail.none;*.info /var/log/messages\n", "/var/log/messages", []),  # the later part decides
        ("*.info;mail.none /var/log/messages\n", "", []),
        ("mail.err /var/log/mail.err\n", "/var/log/mail.err", []),
        ("", "", []),
    ],
)
def test_the_file_of_mail_is_found_in_rsyslogs_rules(text: str, file: str, remote: list[str]) -> None:
    routes = syslog_conf.rsyslog(text)
    assert syslog_conf.best_file(routes) == file
    assert [route.remote for route in routes if route.remote] == remote


def test_the_file_of_mail_is_found_in_syslog_ngs_paths() -> None:
    routes = syslog_conf.syslog_ng(SYSLOG_NG)
    assert syslog_conf.best_file(routes) == "/var/log/mail.log"
    assert [route.remote for route in routes if route.remote] == ["192.0.2.9"]
    assert "/var/log/syslog" not in [route.file for route in routes]


LOGROTATE = """\
Handling 2 logs

rotating pattern: /var/log/alternatives.log  monthly (12 rotations)
empty log files are not rotated, old logs are removed
considering log /var/log/alternatives.log

rotating pattern: /var/log/syslog
/var/log/mail.log
 weekly (4 rotations)
empty log files are not rotated, old logs are removed
considering log /var/log/syslog
considering log /var/log/mail.log
error: zz:1 duplicate log entry for /var/log/mail.log
error: found error in file zz, skipping
rotating pattern: /var/log/big.log  1048576 bytes (3 rotations)
considering log /var/log/big.log
rotating pattern: /var/log/exim4/mainlog  after 1 days (10 rotations)
considering log /var/log/exim4/mainlog
rotating pattern: /var/log/wtmp  monthly (1 rotations)
empty log files are rotated, only log files >= 1048576 bytes are rotated, old logs are removed
considering log /var/log/wtmp
rotating pattern: /var/log/btmp monthly empty log files are rotated, only log files >= 1048576 bytes are rotated, (1 rotations), old
considering log /var/log/btmp
"""


def test_logrotate_tells_which_log_it_rotates_and_how_often() -> None:
    found = rotation.rotation(LOGROTATE)
    assert found.logs["/var/log/mail.log"] == rotation.Rotated(7.0, 4)
    assert found.logs["/var/log/alternatives.log"] == rotation.Rotated(31.0, 12)
    assert found.logs["/var/log/big.log"] == rotation.Rotated(0, 3)
    assert found.logs["/var/log/exim4/mainlog"] == rotation.Rotated(1.0, 10)
    assert found.logs["/var/log/wtmp"] == found.logs["/var/log/btmp"] == rotation.Rotated(0, 1)
    assert found.errors == ("zz:1 duplicate log entry for /var/log/mail.log", "found error in file zz, skipping")


@pytest.mark.parametrize(
    ("held", "seen"),
    [
        (["rsyslogd /var/log/mail.log", "rsyslogd /var/log/syslog"], ""),
        (["rsyslogd /var/log/syslog"], ""),  # opened with the first line only
        (["rsyslogd /var/log/mail.log.1"], "rsyslogd writes to /var/log/mail.log.1"),
        (["postlogd /var/log/mail.log-20261126"], "postlogd writes to /var/log/mail.log-20261126"),
        (["rsyslogd /var/log/mail.log (deleted)"], "rsyslogd writes to /var/log/mail.log (deleted)"),
        (["rsyslogd /var/log/mail.log", "log /var/log/mail.log.1"], ""),  # is just being told
    ],
)
def test_a_renamed_log_that_is_still_written_is_seen(held: list[str], seen: str) -> None:
    assert log_place.held_elsewhere("/var/log/mail.log", held) == seen


def test_a_log_is_told_from_those_rotated_from_it() -> None:
    text = (
        "folder 755\nfile 640 root adm 302 1795674177 /var/log/mail.log\n"
        "file 640 root adm 900 1795600000 /var/log/mail.log.1\nfile 640 x\nfirst a b\nlast c d\n"
    )
    found = log_place.files("/var/log/mail.log", text)
    assert found.present == log_place.LogFile("/var/log/mail.log", 0o640, "root", "adm", 302, 1795674177)
    assert [each.path for each in found.older] == ["/var/log/mail.log.1"]
    assert (found.folder_open, found.first, found.last) == (True, "a b", "c d")


def test_a_journal_in_memory_is_told_from_one_on_disk() -> None:
    span = "folder /run/log/journal 4096 1000000\nfirst 1795674177.5 mx2 systemd[1]: x\nmail \n"
    found = journal.journal("[Journal]\n#Storage=persistent\nStorage=volatile\nRuntimeMaxUse=4M\n", span)
    assert (found.volatile, found.full, found.most, found.first, found.mail) == (True, True, 4096.0, 1795674177.5, None)
    span = "folder /var/log/journal 8192 100000000\nfolder /run/log/journal 0 100\nfirst \nmail 17.25 mx2 a: b\n"
    found = journal.journal("", span)
    assert (found.volatile, found.full, found.most, found.mail) == (False, False, 4194304.0, 17.25)


def test_levels_above_info_shut_lines_out() -> None:
    conf = "[Journal]\n#MaxLevelStore=err\nMaxLevelStore=warning\nMaxLevelSyslog=5\n"
    assert journal.shut_out(conf, "Store") == "MaxLevelStore=warning"
    assert journal.shut_out(conf, "Syslog") == "MaxLevelSyslog=5"
    assert not journal.shut_out(f"{conf}MaxLevelStore=info\n", "Store")
    assert not journal.shut_out("MaxLevelStore=7\n", "Store")
    shown = "LogLevelMax=4\nId=postfix@-.service\n\nLogLevelMax=-1\nId=dovecot.service\n\nLogLevelMax=notice\n"
    assert journal.units_shut_out(shown) == {"postfix@-.service": "LogLevelMax=4"}


ANYTHING = st.text(alphabet=st.sampled_from('mail.*;/-@{}()"= \n\tfilelogdestination0179:[]considering'), max_size=300)


@given(ANYTHING)
@settings(deadline=None)
def test_any_text_is_read_or_passed_over(text: str) -> None:
    syslog_conf.best_file(syslog_conf.rsyslog(text))
    syslog_conf.best_file(syslog_conf.syslog_ng(text))
    rotation.rotation(text)
    log_place.files("/var/log/mail.log", text)
    log_place.activity(text)
    journal.journal(text, text)
    journal.shut_out(text, "Store")
    journal.units_shut_out(text)
