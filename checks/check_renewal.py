"""Renewal of certificates: something starts it, and the daemons take the new one."""

import pytest


@pytest.mark.high
def check_scheduled(renewal):
    """Something renews every certificate that a renewal tool keeps.

    RFC 8555: certificates of ACME authorities are made to be renewed by a program, and live for weeks.

    Why: The certificate ends on a day that nobody has in mind, and clients and senders turn away.

    Fix: certbot: `systemctl enable --now certbot.timer`; acme.sh: `acme.sh --install-cronjob`; dehydrated: a daily cron job.
    """
    assert renewal.started_by, f"nothing starts {renewal.tool}: no timer that waits, no cron job"


@pytest.mark.medium
def check_new_one_taken(renewal):
    """A daemon that reads its certificate at its start is told when there is a new one.

    certbot documentation, Pre and Post Validation Hooks: --deploy-hook runs after each renewal.

    Why: The renewed certificate lies on the disk while the old one is shown, until it ends: the commonest outage of TLS.

    Fix: certbot: an executable in /etc/letsencrypt/renewal-hooks/deploy with `systemctl reload dovecot postfix`;
    acme.sh: `acme.sh --install-cert … --reloadcmd 'systemctl reload dovecot postfix'`.
    """
    assert renewal.told or not renewal.daemons, f"nothing tells {' and '.join(renewal.daemons)} of a new certificate"
