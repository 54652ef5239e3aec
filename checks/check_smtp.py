"""The SMTP dialogue as anybody on the Internet sees it."""

import pytest


@pytest.mark.critical
def check_greets(greeting):
    """The mail server greets with 220.

    RFC 5321 §3.1: "An SMTP session is initiated when a client opens a connection to a server and the server responds
    with an opening message."

    Why: Without a greeting no mail can be handed over; senders wait five minutes, then try again for days.

    Fix: Look at the mail log while connecting; a 421 or 554 greeting names its reason, silence is a full process
    table, a hanging lookup (DNS, policy service) or a proxy without a backend.
    """
    assert greeting.startswith("220"), f"greeted with {greeting!r}"
