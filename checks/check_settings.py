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
    """No setting of the kernel, the journal or the host's resolver has a value that is known to hurt mail.

    checks/evidence/settings.yml: settings and values, from Linux's ip-sysctl and unbound.conf(5).

    Why: Connections fail at busy hours, or names and block lists are seen as they were yesterday; mail's logs tell neither.

    Fix: kernel: the file of /etc/sysctl.d or /etc/sysctl.conf that sets it (`grep -r NAME /etc/sysctl*`), `sysctl --system`;
    Unbound: the line in its configuration, `unbound-control reload`.
    """
    assert not harmful_system_settings, "; ".join(harmful_system_settings[:3])
