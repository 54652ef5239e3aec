"""Settings: none has a value that hurts mail, whatever else is right."""

import pytest


@pytest.mark.high
def check_none_hurts(harmful_settings):
    """No setting has a value that is known to hurt mail.

    checks/evidence/settings.yml: settings and values, from postconf(5), Dovecot's and Exim's documentation,
    opendkim.conf(5), and the RFCs that its rows name.

    Why: Set for a test or against an attack, such a value goes on doing its work long after everybody has forgotten it.

    Fix: Take the setting out, so that the default holds, or choose a bearable value. Postfix: `postconf -X NAME`,
    `postfix reload`; Dovecot: `doveadm reload`; Exim, OpenDKIM: restart.
    """
    assert not harmful_settings, "; ".join(harmful_settings[:3])


@pytest.mark.high
def check_system_fits_mail(harmful_system_settings):
    """No setting of the kernel, the journal, a DNS server or virus scanner on the host has a value that is known to hurt mail.

    checks/evidence/settings.yml: settings and values, from Linux's ip-sysctl, journald.conf(5), unbound.conf(5), clamd.conf(5)
    and the documentation of Knot and BIND.

    Why: Connections fail at busy hours, or names and block lists are seen as they were yesterday; mail's logs tell neither.

    Fix: kernel: the file of /etc/sysctl.d or /etc/sysctl.conf that sets it (`grep -r NAME /etc/sysctl*`), `sysctl --system`;
    DNS servers: the line in the configuration, then `unbound-control reload`, `knotc reload` or `rndc reconfig`; journal:
    /etc/systemd/journald.conf and journald.conf.d, `systemctl restart systemd-journald`; ClamAV: clamd.conf, then restart clamd.
    """
    assert not harmful_system_settings, "; ".join(harmful_system_settings[:3])


@pytest.mark.high
def check_replies_in_time(deliberate_delays, policy):
    """The mail server keeps no client waiting on purpose for longer than clients wait.

    RFC 5321 §4.5.3.2: clients should wait 5 minutes for most replies, and 2 minutes for the one to DATA.

    Policy reply_delay: seconds that a server may keep clients waiting on purpose before one reply.

    Why: Honest clients give up before they are answered, try again hours later in vain, and return the mail at last; robots
    only hang up sooner.

    Fix: Exim: `delay = 5s` in place of minutes in the access control list (5m are minutes), `systemctl reload exim4`.
    Postfix: `sleep 5` in the list of restrictions, `postfix reload`.
    """
    slow = [str(each) for each in deliberate_delays if each.seconds > policy.reply_delay]
    assert not slow, "; ".join(slow)
