"""Bulk mail: whoever gets it can be rid of it."""

import pytest


@pytest.mark.high
def check_unsubscribes_by_one_click(bulk_message):
    """Bulk mail can be unsubscribed by one click.

    RFC 8058 §3.1: List-Unsubscribe with an HTTPS address, List-Unsubscribe-Post: List-Unsubscribe=One-Click, and a DKIM
    signature that covers both.

    Policy bulk_senders: addresses that newsletters and the like are sent from; the mailbox canary_mailbox must get them.

    Why: Gmail and Yahoo ask it of everybody who sends them much; without it people press "spam", and all mail suffers.

    Fix: Have the program that sends it add both fields, and the signer cover them (OpenDKIM: OversignHeaders or SignHeaders
    *,+List-Unsubscribe,+List-Unsubscribe-Post; Rspamd: sign_headers).
    """
    assert not bulk_message.lacks, f"{'; '.join(bulk_message.lacks)} (message of {bulk_message.date})"
