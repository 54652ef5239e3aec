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


@pytest.mark.high
def check_authority_let_in(shut_to_authority):
    """Port 80 is open to the authority that certbot proves its names to over HTTP.

    RFC 8555 §8.3: the server fetches the answer by an HTTP request to port 80 of the name that the certificate is for.

    Why: Renewal fails from the day the port was shut, which nobody sees before the certificate ends.

    Fix: Admit port 80 (`ufw allow 80/tcp`; nftables: `tcp dport 80 accept`) and start the web server that certbot uses; or prove
    the name by DNS (dns-01). `certbot renew --dry-run` tries it.
    """
    assert not shut_to_authority, shut_to_authority
