"""Open relay, tried from outside: recipients of somebody else, named and never sent to."""

import pytest


@pytest.mark.critical
def check_refused(relay_attempt, policy):
    """The server refuses to relay for a stranger.

    RFC 2505 §2.1: a server must be able to restrict whom it relays for.

    Policy relay_probe_every: seconds within which the attempt is not repeated, since guards count it.

    Why: An open relay is found within hours, sends millions of messages, and its addresses stay on block lists.

    Fix: Postfix: smtpd_relay_restrictions must hold reject_unauth_destination before anything that permits strangers;
    then look at mynetworks, at the tables it names, and at a proxy or container network that hides the client's address.
    """
    assert not relay_attempt.accepted, f"RCPT TO:<{policy.relay_probe_recipient}> was answered with: {relay_attempt}"


@pytest.mark.critical
@pytest.mark.intrusive
def check_tricks_refused(relay_trick):
    """The server cannot be talked into relaying.

    RFC 2505 §2.1: a server must be able to restrict whom it relays for, however the recipient is written.

    Why: Spammers know every way to write an address that some server reads in another way than its restrictions do.

    Fix: Postfix: `postconf -e allow_untrusted_routing=no swap_bangpath=no allow_percent_hack=no` and no rule that permits
    senders by their address; Sendmail: no FEATURE(relay_local_from), no FEATURE(loose_relay_check).
    """
    assert not relay_trick.accepted, f"{relay_trick.command} was answered with: {relay_trick.reply}"
