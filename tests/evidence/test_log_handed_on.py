"""Whether rsyslog gets what journald takes."""

import pytest

from checks.evidence.journal import unforwarded
from checks.evidence.syslog_conf import reads_forwarded_alone


@pytest.mark.parametrize("value", ["no", "false", "0", "off"])
def test_a_switch_that_is_off_is_named(value: str) -> None:
    assert unforwarded(f"[Journal]\nForwardToSyslog={value}\n") == f"ForwardToSyslog={value}"


@pytest.mark.parametrize("conf", ["", "#ForwardToSyslog=no\n", "ForwardToSyslog=no\nForwardToSyslog=yes\n"])
def test_what_goes_unsaid_or_was_said_before_is_not(conf: str) -> None:
    assert not unforwarded(conf)


@pytest.mark.parametrize(
    ("conf", "alone"),
    [
        ('module(load="imuxsock")\n$IncludeConfig /etc/rsyslog.d/*.conf\n', True),
        ("$ModLoad imuxsock\n", True),
        ('module(load="imuxsock" SysSock.Use="off")\nmodule(load="imjournal")\n', False),
        ('module(load="imuxsock" SysSock.Name="/dev/log")\n', False),
        ('module(load="imtcp")\n', False),
        ('module(load="imuxsock")\ninclude(file="/srv/rsyslog/*.conf")\n', None),
    ],
)
def test_where_rsyslog_takes_lines_from(conf: str, alone: bool | None) -> None:
    assert reads_forwarded_alone(conf) is alone
