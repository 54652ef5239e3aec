"""OpenSMTPD: its configuration can be read, and is what the daemon runs with."""

import pytest


@pytest.mark.critical
def check_valid(opensmtpd_trouble):
    """OpenSMTPD can read its configuration.

    OpenSMTPD smtpd(8), -n: checks the configuration file; smtpd does not start with one that has an error.

    Why: The daemon runs on with what it read before; after the next restart no mail is taken at all.

    Fix: `smtpd -n` names the line; mend it, then `systemctl restart opensmtpd`.
    """
    assert not opensmtpd_trouble, opensmtpd_trouble


@pytest.mark.medium
def check_loaded(unloaded_opensmtpd_files):
    """OpenSMTPD was started after its configuration was written last.

    OpenSMTPD smtpd(8): the daemon reads its configuration when it is started, and never again.

    Why: What was changed is not in effect; the surprise comes with the next restart.

    Fix: `systemctl restart opensmtpd`.
    """
    assert not unloaded_opensmtpd_files, f"written since smtpd was started: {', '.join(unloaded_opensmtpd_files)}"


@pytest.mark.high
def check_return_path_kept(overriding_actions):
    """OpenSMTPD hands mail on with the return path that its sender gave it.

    OpenSMTPD smtpd.conf(5), mail-from: every message of the action is sent with this address as its sender.

    Why: Returned mail goes to one address that nobody reads; users never learn that theirs did not arrive, and SPF and
    DMARC judge another domain.

    Fix: Take `mail-from` out of the action in smtpd.conf, `smtpd -n`, `systemctl restart opensmtpd`.
    """
    assert not overriding_actions, "; ".join(overriding_actions)


@pytest.mark.high
def check_named_clients_admitted(named_refusals):
    """No filter of OpenSMTPD refuses the clients whose addresses have names.

    OpenSMTPD smtpd.conf(5), filter: `rdns` and `fcrdns` match clients that have a reverse name; with `!` those without.

    Why: The exclamation mark was forgotten: every orderly server is refused, and only those without a name get in.

    Fix: Write `match !rdns` (or `!fcrdns`) in the filter that is named, `smtpd -n`, `systemctl restart opensmtpd`.
    """
    assert not named_refusals, "; ".join(named_refusals)


@pytest.mark.critical
def check_not_paused(paused_parts):
    """OpenSMTPD takes mail and delivers it.

    smtpctl(8): "pause mda", "pause mta", "pause smtp" last until they are resumed.

    Why: After maintenance nobody thinks of it: mail waits in the queue, or nobody can connect, and nothing is logged.

    Fix: `smtpctl resume mta` (mda, smtp); `smtpctl show status` tells what is paused.
    """
    assert not paused_parts, f"paused: {', '.join(paused_parts)}"


@pytest.mark.critical
def check_dkim_keys_readable(closed_filter_keys):
    """The user of OpenSMTPD's signing filter can read the DKIM keys.

    OpenSMTPD smtpd.conf(5), filter: a filter runs as the user that its line names; smtpd ends when a filter does.

    Why: The filter cannot start without its key, and OpenSMTPD ends with it: no mail is taken or sent.

    Fix: `chgrp GROUP FILE` and `chmod 0640 FILE`, with the group of the filter's line, then `systemctl restart opensmtpd`.
    """
    assert not closed_filter_keys, f"the signing filter cannot read {', '.join(closed_filter_keys)}"
