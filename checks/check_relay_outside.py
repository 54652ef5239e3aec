"""Open relay, tried from outside: one recipient of somebody else, named once and never sent to."""

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
