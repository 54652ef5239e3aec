"""Exim: its configuration can be read, and is what the daemon runs with."""

import pytest


@pytest.mark.critical
def check_valid(exim_trouble):
    """Exim can read its configuration.

    Exim spec, chapter 6: an error in the run time configuration is written to the panic log, and Exim gives up.

    Why: The daemon runs on with what it read before, but every delivery reads the file anew, and fails.

    Fix: `exim -bV` (Debian: `exim4 -bV`) names the line; mend it, on Debian in /etc/exim4 and then `update-exim4.conf`.
    """
    assert not exim_trouble, exim_trouble


@pytest.mark.medium
def check_loaded(unloaded_exim_files):
    """Exim was started after its configuration was written last.

    Exim spec, chapter 6: the daemon reads the file when it is started; SIGHUP makes it start anew.

    Why: What was changed is in effect for deliveries and not for clients; the surprise comes with the next restart.

    Fix: `systemctl reload exim4`.
    """
    assert not unloaded_exim_files, f"written since Exim was started: {', '.join(unloaded_exim_files)}"


@pytest.mark.critical
def check_folders_writable(closed_exim_folders):
    """Exim's own user can write to its spool and its logs.

    Exim spec, chapter 55: Exim gives up root and runs as exim_user when it receives and delivers.

    Why: Every message is refused with a temporary error ("spool file write failed"), and nothing can be logged.

    Fix: `chown -R Debian-exim:Debian-exim /var/spool/exim4`, `chown -R Debian-exim:adm /var/log/exim4`.
    """
    assert not closed_exim_folders, f"Exim may not write to {', '.join(closed_exim_folders)}"


@pytest.mark.high
def check_queue_run(queue_runners):
    """Somebody runs Exim's queue again and again.

    Exim spec, chapter 50: "-q<time>": the daemon starts a queue run at this interval; without one, what could not be
    delivered at once waits for ever.

    Why: Every message that meets a busy or greylisting server stays in the queue until it is returned days later.

    Fix: Debian: `QUEUERUNNER='combined'` and `QUEUEINTERVAL='30m'` in /etc/default/exim4, `systemctl restart exim4`; or
    a cron job or timer that runs `exim -q`.
    """
    assert queue_runners, "no daemon was started with -q, and no timer or cron job runs exim -q"


@pytest.mark.high
def check_queue_run_within_hours(hours_between_runs, policy):
    """Exim's daemon runs the queue every few hours at least.

    RFC 5321 §4.5.4.1: senders retry after 30 minutes or so, later every two or three hours.

    Policy retry_hours: hours after which a message is tried again.

    Why: Greylisted mail and whatever met a short outage waits for the next run, whatever the retry rules say.

    Fix: Debian: `QUEUEINTERVAL='30m'` in /etc/default/exim4, `systemctl restart exim4`.
    """
    assert hours_between_runs <= policy.retry_hours, f"the queue is run every {hours_between_runs:g} hours"


@pytest.mark.high
def check_delivers_at_once(waiting_settings):
    """Exim tries a message when it arrives, and not only at the next queue run.

    Exim spec, chapter 14: queue_only: "no delivery process is started for incoming messages".

    Policy exim_delivers_at_once: mail is tried as it comes; false where a queue run every few minutes is meant to do it.

    Why: Every message is late by up to the interval of the queue runs, and so is everything that waits for a code by mail.

    Fix: Remove the setting from Exim's configuration (often left after a migration), `systemctl reload exim4`.
    """
    assert not waiting_settings, ", ".join(waiting_settings)


@pytest.mark.high
def check_no_domain_held(held_domains):
    """Exim holds back no domain's mail.

    Exim spec, chapter 14: hold_domains "is intended as a temporary operational measure for delaying the delivery of mail".

    Why: Mail for the domain is accepted and never tried: it waits in the queue until it is returned days later.

    Fix: Take the domain out of hold_domains, or out of the list or file that it names; `systemctl reload exim4`, then
    `exim -qff` delivers what waits. To wait for the next queue run only there is queue_smtp_domains.
    """
    assert not held_domains, f"hold_domains: {', '.join(held_domains[:5])}"


@pytest.mark.high
def check_suites_usable(unusable_suites):
    """Exim's list of cipher suites is one that its TLS library understands.

    Exim spec, chapter 43: with GnuTLS tls_require_ciphers is a priority string, with OpenSSL a list of ciphers.

    Why: No TLS session comes about: mail leaves in the clear, or not at all where TLS is demanded.

    Fix: `exim -bV | grep -i tls` names the library (Debian: GnuTLS); for it `tls_require_ciphers = NORMAL`, or no setting.
    """
    assert not unusable_suites, "; ".join(unusable_suites)


@pytest.mark.high
def check_dkim_key_file_named_safely(tainted_key_files, exim):
    """The name of the DKIM key's file is not made of what a sender wrote.

    Exim spec §9.1 and README.UPDATING 4.94: tainted data (headers, addresses) may not name files.

    Why: Since an upgrade to Exim 4.94 or newer nothing is signed, or mail stays in the queue with "Tainted filename".

    Fix: Let a lookup in a list of your own give the domain:
    `dkim_domain = ${lookup{${lc:${domain:$h_from:}}}lsearch,ret=key{/etc/exim4/signed_domains}{$value}{}}`.
    """
    assert not tainted_key_files, "; ".join(tainted_key_files)


@pytest.mark.high
def check_dkim_keys_readable(closed_dkim_keys):
    """Exim's own user can read the DKIM keys that it is told to sign with.

    Exim spec, chapter 58: dkim_private_key is read by the delivery process, which runs as exim_user.

    Why: Mail of the domain leaves unsigned, and only the main log tells of it; receivers with DMARC refuse it.

    Fix: `chgrp Debian-exim FILE` and `chmod 0640 FILE`.
    """
    assert not closed_dkim_keys, f"Exim may not read {', '.join(closed_dkim_keys)}"
