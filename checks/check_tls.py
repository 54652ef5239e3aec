"""TLS as the ports promise it: at once on 465, 993 and 995, after STARTTLS on the others."""

import pytest


@pytest.mark.critical
def check_implicit(implicit_start, endpoint):
    """Ports for implicit TLS begin with a TLS handshake, and it succeeds.

    RFC 8314 §3: on ports 465, 993 and 995 TLS is negotiated as soon as the connection is made.

    Why: Mail programs wait for a handshake that never comes, or break off: users cannot send or read mail.

    Fix: Postfix: -o smtpd_tls_wrappermode=yes for submissions (465); Dovecot: `ssl = yes` in the inet_listener; see the
    log for a key that does not match its certificate.
    """
    said = implicit_start.greeting[0] if implicit_start.greeting else ""
    assert implicit_start.tls, f"port {endpoint.port.number}: {implicit_start.outcome}{said and f': {said!r}'}"


@pytest.mark.critical
def check_not_implicit(clear_start, endpoint):
    """Ports for STARTTLS begin in the clear.

    RFC 3207 §4: on ports 25 and 587 the server greets first, and TLS follows on STARTTLS.

    Why: Servers and mail programs wait in vain for a greeting, then give up.

    Fix: Postfix: remove -o smtpd_tls_wrappermode=yes from the service in master.cf; a load balancer must not end TLS on
    this port.
    """
    assert clear_start.outcome != "speaks TLS at once", f"port {endpoint.port.number} speaks TLS at once"
