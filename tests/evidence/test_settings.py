"""The table of values that hurt mail: read as it is meant, over whatever stands in a configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.settings import harmful, rows

PROGRAMS = ("postfix", "dovecot", "exim", "opendkim", "unbound", "kernel", "clamd")
# What the programs have by themselves (postconf -d of 3.10, exim -bP of 4.98, sysctl of Linux 6).
DEFAULTS = {
    "postfix": {
        "smtpd_hard_error_limit": "${stress?{1}:{20}}",
        "smtpd_timeout": "${stress?{10}:{300}}s",
        "smtpd_recipient_overshoot_limit": "1000",
        "smtp_connect_timeout": "30s",
        "smtp_helo_timeout": "300s",
        "smtp_data_done_timeout": "600s",
        "milter_connect_timeout": "30s",
        "milter_command_timeout": "30s",
        "milter_content_timeout": "300s",
        "smtpd_policy_service_timeout": "100s",
        "ipc_timeout": "3600s",
        "daemon_timeout": "18000s",
        "smtpd_error_sleep_time": "1s",
        "in_flow_delay": "1s",
        "hopcount_limit": "50",
        "line_length_limit": "2048",
        "smtp_line_length_limit": "998",
        "header_size_limit": "102400",
        "qmgr_message_active_limit": "20000",
        "minimal_backoff_time": "300s",
        "queue_run_delay": "300s",
        "smtpd_sasl_exceptions_networks": "",
        "unknown_local_recipient_reject_code": "550",
        "strict_7bit_headers": "no",
        "smtp_always_send_ehlo": "yes",
        "disable_dns_lookups": "no",
        "smtp_dns_resolver_options": "",
    },
    "exim": {
        "received_headers_max": "30",
        "dns_again_means_nonexist": "",
        "smtp_receive_timeout": "5m",
        "rfc1413_query_timeout": "0s",
        "smtp_accept_max": "20",
        "smtp_connect_backlog": "20",
        "remote_max_parallel": "4",
        "tls_verify_hosts": "",
    },
    "clamd": {
        "StreamMaxLength": "25M",
        "MaxScanSize": "100M",
        "MaxFileSize": "25M",
        "MaxFiles": "10000",
        "MaxRecursion": "16",
        "MaxThreads": "12",
        "MaxQueue": "100",
        "ReadTimeout": "180",
    },  # of Debian's clamd.conf
    "kernel": {"net.ipv4.ip_local_port_range": "32768 60999", "net.ipv4.tcp_syn_retries": "6"},
}


@pytest.mark.parametrize("program", DEFAULTS)
def test_defaults_do_no_harm(program: str) -> None:
    assert harmful(program, DEFAULTS[program].items()) == ()


@pytest.mark.parametrize(
    ("program", "name", "value"),
    [
        ("postfix", "smtpd_hard_error_limit", "1"),
        ("postfix", "smtpd_timeout", "2s"),
        ("postfix", "smtpd_sasl_exceptions_networks", "10.0.0.0/8, 0.0.0.0/0"),
        ("postfix", "smtpd_sasl_exceptions_networks", "static:all"),
        ("postfix", "unknown_virtual_mailbox_reject_code", "450"),
        ("exim", "dns_again_means_nonexist", "*"),
        ("exim", "dns_again_means_nonexist", "example.org : *"),
        ("exim", "rfc1413_query_timeout", "1m"),
        ("exim", "rfc1413_query_timeout", "1m30s"),
        ("postfix", "smtp_dns_support_level", "disabled"),
        ("postfix", "milter_mail_macros", "i {mail_addr} {mail_host} {mail_mailer}"),
        ("opendkim", "BodyLengthDB", "refile:*"),
        ("unbound", "val-override-date", "20250301120000"),
        ("unbound", "val-override-date", "1740830400"),
        ("knot", "rate-limit", "1"),
        ("journald", "MaxRetentionSec", "3m"),
        ("named", "responses-per-second", "1"),
        ("exim", "tls_verify_hosts", "*"),
        ("exim", "tls_verify_hosts", "!192.0.2.0/24 : *"),
        ("exim", "tls_verify_hosts", "<; 0.0.0.0/0; ::/0"),
        ("opendkim", "On-BadSignature", "reject"),
        ("opendkim", "BodyLengths", "Yes"),
        ("unbound", "cache-min-ttl", "86400"),
        ("unbound", "private-address", "10.0.0.0/8 127.0.0.0/8"),
        ("kernel", "net.ipv4.ip_local_port_range", "61000 61015"),
    ],
)
def test_harm_is_told(program: str, name: str, value: str) -> None:
    (said,) = harmful(program, [(name, value)])
    assert said == f"{name} = {value}: {rows(program)[name].harm}"


@pytest.mark.parametrize(
    ("program", "name", "value"),
    [
        ("postfix", "smtp_line_length_limit", "0"),  # no limit
        ("postfix", "smtpd_sasl_exceptions_networks", "10.0.0.0/8"),
        ("exim", "dns_again_means_nonexist", "*.example.org"),
        ("exim", "smtp_accept_max", "0"),
        ("exim", "rfc1413_query_timeout", "5s"),
        ("postfix", "smtp_dns_support_level", "dnssec"),
        ("postfix", "milter_mail_macros", "i {auth_type} {auth_authen} {mail_addr}"),
        ("unbound", "val-override-date", "0"),
        ("unbound", "val-override-date", "-1"),
        ("knot", "rate-limit", "0"),
        ("knot", "rate-limit", "20"),
        ("journald", "MaxRetentionSec", "3month"),
        ("journald", "MaxRetentionSec", "14day"),
        ("journald", "MaxRetentionSec", "0"),
        ("exim", "tls_verify_hosts", "partner.example.org : *.example.net : 192.0.2.0/24"),
        ("exim", "tls_verify_hosts", "${if eq{$received_port}{10465}{*}}"),
        ("opendkim", "On-BadSignature", "accept"),
        ("unbound", "private-address", "10.127.0.0/16"),
        ("postfix", "hopcount_limit", "$other"),
    ],
)
def test_what_is_bearable_is_silent(program: str, name: str, value: str) -> None:
    assert harmful(program, [(name, value)]) == ()


@given(st.sampled_from(PROGRAMS), st.text())
def test_any_value_is_read(program: str, value: str) -> None:
    assert len(harmful(program, [(name, value) for name in rows(program)])) <= len(rows(program))
