"""What fail2ban's client says of its jails, as versions 1.0 and 1.1 print it in one session."""

from __future__ import annotations

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.fail2ban import fail2ban, just_banned

SESSION = """\
Fail2Ban v1.0.2 reads log file that contains password failure report
and bans the corresponding IP addresses using firewall rules.

fail2ban> Status for the jail: sshd
|- Filter
|  |- Currently failed:\t0
|  |- Total failed:\t0
|  `- Journal matches:\t_SYSTEMD_UNIT=sshd.service + _COMM=sshd
`- Actions
   |- Currently banned:\t0
   |- Total banned:\t0
   `- Banned IP list:\t
fail2ban> These IP addresses/networks are ignored:
|- 127.0.0.0/8
|- 203.0.113.0/24
`- ::1
fail2ban> The jail sshd has the following actions:
nftables-multiport
fail2ban> The following regular expression are defined:
fail2ban> Status for the jail: postfix-sasl
|- Filter
|  |- Currently failed:\t2
|  |- Total failed:\t17
|  `- File list:\t/var/log/mail.log /var/log/mail.warn
`- Actions
   |- Currently banned:\t2
   |- Total banned:\t3
   `- Banned IP list:\t192.0.2.7 2001:db8::7
fail2ban> No IP address/network is ignored
fail2ban> The jail postfix-sasl has the following actions:
nftables-multiport, sendmail
fail2ban> The following regular expression are defined:
fail2ban>
jail sshd
jail postfix-sasl
knows SASL
started 1795678326
source 1795678330 302 /var/log/mail.log
source 1795678330 0 /var/log/maillog
match 1795678326 _SYSTEMD_UNIT=sshd.service + _COMM=sshd
match  _SYSTEMD_UNIT=dovecot.service
"""


def test_jails_are_read_with_sources_bans_and_exemptions() -> None:
    found = fail2ban(SESSION)
    sshd, sasl = found.jails
    assert (sshd.name, sshd.program, sshd.files, sshd.matches) == (
        "sshd",
        "",
        (),
        "_SYSTEMD_UNIT=sshd.service + _COMM=sshd",
    )
    assert (sshd.ignored, sshd.actions, sshd.knows_logins) == (
        ("127.0.0.0/8", "203.0.113.0/24", "::1"),
        ("nftables-multiport",),
        False,
    )
    assert ipaddress.ip_network("203.0.113.0/24") in sshd.exempted
    assert (sasl.program, sasl.files, sasl.failed) == ("postfix", ("/var/log/mail.log", "/var/log/mail.warn"), 17)
    assert (sasl.banned, sasl.actions) == (("192.0.2.7", "2001:db8::7"), ("nftables-multiport", "sendmail"))
    assert sasl.knows_logins
    assert (found.started, found.written) == (1795678326, {"/var/log/mail.log": 1795678330, "/var/log/maillog": 0})
    assert found.matched["_SYSTEMD_UNIT=dovecot.service"] == 0


def test_whole_address_spaces_are_shown_without_their_length() -> None:
    (jail, *_) = fail2ban(SESSION.replace("203.0.113.0/24", "0.0.0.0")).jails
    assert ipaddress.ip_network("0.0.0.0/0") in jail.exempted


@given(
    st.text(alphabet=st.sampled_from("fail2ban> Status for the jail: x\n|-`[]:0123/.+_=source matched"), max_size=300)
)
@settings(deadline=None)
def test_any_text_is_read_or_passed_over(text: str) -> None:
    for jail in fail2ban(text).jails:
        assert isinstance(jail.exempted, tuple)


def test_only_bans_of_a_moment_ago_are_new() -> None:
    text = (
        "192.0.2.1 \t2026-11-28 04:41:09 + 3600 = 2026-11-28 05:41:09\n"
        "2001:db8::1 \t2026-11-28 04:59:30 + -1 = 9999-12-31 23:59:59\n"
        "nonsense\nnow 2026-11-28 05:00:00\n"
    )
    assert just_banned(text) == {"2001:db8::1"}
    assert just_banned(text.replace("now ", "then ")) == frozenset()
    assert just_banned("192.0.2.1 \t2026-99-28 04:41:09 + 1 = x\nnow 2026-11-28 05:00:00\n") == frozenset()


@given(st.text(max_size=200))
def test_any_text_tells_of_bans_or_of_none(text: str) -> None:
    assert isinstance(just_banned(f"192.0.2.1 {text}\nnow {text}\n"), frozenset)
