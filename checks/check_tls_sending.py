"""TLS on the way out: used where receivers offer it, as they publish it, and with somebody to trust."""

import pytest


@pytest.mark.high
def check_used(sending_way):
    """The mail server sends through TLS wherever the receiver offers it.

    RFC 8314 §3: TLS is to be used for mail wherever possible; RFC 7435 §1: encryption even where nobody is verified.

    Why: Mail crosses the Internet readable, and Google and others mark it, or refuse it from senders of many messages.

    Fix: Postfix: `postconf -e smtp_tls_security_level=dane smtp_dns_support_level=dnssec` (or may); Exim: no
    hosts_avoid_tls in the transport; OpenSMTPD: `host smtp://…`.
    """
    assert not sending_way.no_tls, sending_way.no_tls


@pytest.mark.medium
def check_policies_heeded(heeding_way):
    """What receivers publish about their TLS is heeded: DANE, or MTA-STS.

    RFC 7672 §2.2: a client that supports DANE delivers only where the server's key is the one in the DNS.

    Policy tls_policies_heeded: outgoing mail heeds DANE or MTA-STS.

    Why: Whoever sits in between removes STARTTLS, or shows any certificate, and reads along; nobody notices.

    Fix: `postconf -e smtp_tls_security_level=dane smtp_dns_support_level=dnssec`, with a resolver of its own that
    validates; for MTA-STS postfix-mta-sts-resolver in smtp_tls_policy_maps. Exim: hosts_try_dane = *, and
    dnssec_request_domains = * in the router and the transport.
    """
    assert not heeding_way.no_policies, heeding_way.no_policies


@pytest.mark.high
def check_roots_known(verifying_way):
    """A mail server that must verify receivers' certificates knows whom to trust.

    Postfix TLS_README: the levels verify and secure need smtp_tls_CAfile or smtp_tls_CApath.

    Why: No certificate can be verified, so nothing is delivered: "Server certificate not trusted", until it is returned.

    Fix: `postconf -e smtp_tls_CAfile=/etc/ssl/certs/ca-certificates.crt` (lmtp_tls_CAfile for LMTP), `postfix reload`.
    """
    assert not verifying_way.no_roots, verifying_way.no_roots


@pytest.mark.high
def check_next_hop_trusted(distrusted):
    """A server whose certificate must be verified shows one of an authority that Postfix is told to trust.

    Postfix TLS_README: at the levels verify and secure mail goes only where the certificate is verified by smtp_tls_CAfile
    or smtp_tls_CApath; for mailbox servers lmtp_tls_CAfile.

    Why: Nothing is handed to that server: "Server certificate not trusted". It waits for days, and is returned.

    Fix: Name the file that holds the authority of the certificate shown (`postconf -e lmtp_tls_CAfile=FILE`, for public ones
    /etc/ssl/certs/ca-certificates.crt), or add the authority to it; `postfix reload`, `postqueue -f`.
    """
    assert not distrusted, distrusted


@pytest.mark.medium
def check_not_demanded_of_all(any_receiver):
    """Mail goes also to receivers that offer no TLS, or a certificate that nobody can verify.

    RFC 7435 §3: encryption where both ends can; no TLS is no reason not to deliver.

    Policy plain_text_receivers: mail goes also to receivers that offer no TLS.

    Why: What cannot be encrypted, or with verify and secure almost everything, waits for days and is returned.

    Fix: `postconf -e smtp_tls_security_level=dane` (or may), and demand TLS of those who have it in smtp_tls_policy_maps;
    Exim: hosts_require_tls for them alone; OpenSMTPD: no `tls` for the action that relays to everybody.
    """
    assert not any_receiver.demands, any_receiver.demands


@pytest.mark.medium
def check_spoken_with_every_receiver(outdated_way):
    """The mail server speaks TLS 1.2 with receivers.

    RFC 9325 §3.1.1: implementations MUST support TLS 1.2.

    Why: Receivers have switched older versions off, and many have no newer one: mail goes in plain text, or waits.

    Fix: `postconf -e 'smtp_tls_protocols = >=TLSv1.2' 'smtp_tls_mandatory_protocols = >=TLSv1.2'`, `postfix reload`.
    """
    assert not outdated_way, outdated_way


@pytest.mark.high
def check_levels_known(unknown_levels):
    """Every level of TLS in Postfix's settings and policy tables is one that Postfix knows.

    Postfix postconf(5), smtp_tls_security_level; TLS_README, "TLS policy table": none, may, encrypt, dane, dane-only, fingerprint,
    verify, secure.

    Why: Mail that needs a mistyped entry waits in the queue; a mistyped setting keeps the program from its work.

    Fix: Correct the word; of a table, `postmap FILE`; then `postfix reload`.
    """
    assert not unknown_levels, f"no level of TLS: {'; '.join(unknown_levels[:3])}"


@pytest.mark.medium
def check_demands_met(unmet_demands):
    """No mail waits because a receiver's certificate is another than our own TLS policy demands.

    Postfix TLS_README, "Certificate fingerprint verification": a policy of the level fingerprint holds until the certificate
    is replaced, which is whenever it is renewed; secure and verify ask for the names that the policy gives.

    Why: Everything for this partner waits for days and is returned: "Server certificate not verified".

    Fix: Ask the partner whether the certificate is his new one (`posttls-finger -a all -l fingerprint DOMAIN` shows it); then
    correct the entry, best `secure match=NAME`, which survives renewals, or remove it; `postmap TABLE`, `postqueue -s DOMAIN`.
    """
    assert not unmet_demands, "; ".join(unmet_demands[:3])
