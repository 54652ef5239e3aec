"""STARTTLS: offered where a dialogue begins in the clear, it works, and it is not offered again inside TLS."""

import pytest


@pytest.mark.high
def check_offered(offer_in_clear, endpoint):
    """Every port that begins in the clear offers STARTTLS.

    RFC 3207 §4: a server that supports STARTTLS names it in its reply to EHLO.

    RFC 8314 §4.1: servers for users offer TLS on every port.

    Why: Mail and passwords cross the Internet readable; large receivers mark such mail, and some senders refuse.

    Fix: Postfix: `postconf -e smtpd_tls_security_level=may` (encrypt for submission) with smtpd_tls_chain_files, and see
    the log for "cannot load"; Dovecot: `ssl = yes` and ssl_server_cert_file; otherwise something on the way removes it.
    """
    assert offer_in_clear.starttls, (
        f"port {endpoint.port.number} offers: {', '.join(offer_in_clear.words) or 'nothing'}"
    )


@pytest.mark.high
def check_completes(starttls_reply):
    """STARTTLS leads to a TLS session.

    RFC 3207 §4: after the 220 the client begins the handshake at once.

    Why: Senders that insist on TLS cannot deliver; the others fall back to sending in the clear, or fail for days.

    Fix: The mail log names the error: key and certificate that do not match, no common version or cipher, "TLS not
    available due to local problem". Silence after large packets: the path's MTU (ICMP must not be filtered).
    """
    assert starttls_reply == "completed", f"STARTTLS: {starttls_reply}"


@pytest.mark.medium
def check_not_offered_twice(offer_in_tls, offer_in_clear, endpoint):
    """STARTTLS is not offered again once the session is encrypted.

    RFC 3207 §4.2: "A server MUST NOT return the STARTTLS extension in response to an EHLO command received after a TLS
    handshake has completed."

    Why: A client that believes the offer starts TLS inside TLS, and the session dies.

    Fix: Find the proxy in front of the server that repeats the backend's reply unchanged.
    """
    assert not offer_in_tls.starttls, f"port {endpoint.port.number} offers STARTTLS inside TLS"


@pytest.mark.medium
def check_not_demanded_by_mx(tls_demand):
    """An MX takes mail from senders without TLS as well.

    RFC 3207 §4: "A publicly-referenced SMTP server MUST NOT require use of the STARTTLS extension in order to deliver mail
    locally."

    Policy plain_text_senders: mail is taken from senders that know no TLS.

    Why: Their mail waits for days and is returned; of senders who could, none would have sent in plain text.

    Fix: Postfix: `postconf -e smtpd_tls_security_level=may`; encrypt is for submission in master.cf alone.
    """
    assert not tls_demand, f"in the clear it says: {tls_demand}"


@pytest.mark.high
@pytest.mark.intrusive
def check_discards_plain_text(injected, endpoint):
    """What was sent before the handshake is not taken for something said inside TLS.

    RFC 3207 §6: the server "MUST discard any knowledge obtained from the client" before TLS (CVE-2011-0411).

    Why: Whoever sits in between puts commands before those of the user, in the user's name, and so takes passwords.

    Fix: Update the mail server or the proxy that ends TLS in front of it.
    """
    assert not injected, f"port {endpoint.port.number} replies inside TLS to what was sent before it: {injected[0]}"
