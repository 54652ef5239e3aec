"""LMTP: the servers that mail is handed to for its mailboxes can be reached."""

import pytest


@pytest.mark.critical
def check_reachable(lmtp_server):
    """Postfix reaches the LMTP server that keeps the mailboxes.

    RFC 2033 §3: mail is handed over LMTP to the system that stores it; what cannot be handed over stays in the queue.

    Why: Mail is accepted and nobody gets it: it waits in the queue, and after some days it is returned.

    Fix: On the mailbox host `ss -ltn sport = :24` and its firewall; Dovecot: `protocols` must hold lmtp, and `service lmtp`
    the listener that virtual_transport names. Then `postqueue -f` on the MX.
    """
    assert not lmtp_server.trouble, lmtp_server.trouble
