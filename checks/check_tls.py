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


@pytest.mark.medium
def check_old_versions_refused(old_version):
    """Versions of TLS that are too old are refused.

    RFC 8996 §4, §5: "TLS 1.0 MUST NOT be used", "TLS 1.1 MUST NOT be used"; RFC 7568 §3 says so of SSL 3.0.

    Policy tls_profile: what ports for users may agree to.

    Policy tls_profile_mx: what port 25 may agree to.

    Why: They rest on MD5, SHA-1 and CBC: who sits in between can read along; audits (PCI DSS, Internet.nl) fail.

    Fix: Postfix: `postconf -e 'smtpd_tls_protocols = >=TLSv1.2' 'smtpd_tls_mandatory_protocols = >=TLSv1.2'`; Dovecot:
    ssl_min_protocol = TLSv1.2; Exim: openssl_options = +no_tlsv1 +no_tlsv1_1, or tls_require_ciphers with GnuTLS.
    """
    assert not old_version, f"agrees to {old_version}"


@pytest.mark.medium
def check_weak_suites_refused(weak_agreement, tls_profile):
    """Cipher suites that are too weak are refused.

    RFC 9325 §4.1: suites with NULL encryption, RC4, export grade, or less than 112 bits of security MUST NOT be
    negotiated.

    Policy tls_profile: what ports for users may agree to.

    Policy tls_profile_mx: what port 25 may agree to.

    Why: A program that is old or misled agrees to them, and what it sends can be read, or is answered by an impostor.

    Fix: Postfix: `postconf -e smtpd_tls_mandatory_ciphers=medium smtpd_tls_mandatory_exclude_ciphers=aNULL`, and leave
    tls_medium_cipherlist alone; Dovecot: leave ssl_cipher_list alone. Nothing needs @SECLEVEL=0. Primes:
    smtpd_tls_dh1024_param_file = auto, or a file of 2048 bits.
    """
    assert not weak_agreement, f"agrees to {weak_agreement}; not allowed by {tls_profile.name}"


@pytest.mark.low
def check_current_version_spoken(handshake):
    """The port speaks TLS 1.3.

    RFC 9325 §3.1.1: implementations SHOULD support TLS 1.3, and prefer it.

    Policy tls_current: every TLS port speaks TLS 1.3.

    Why: Version 1.2 leaves more to be configured wrongly, shows the certificate to whoever listens, and takes longer.

    Fix: Do not exclude TLSv1.3 in smtpd_tls_protocols, ssl_min_protocol or openssl.cnf; it needs OpenSSL 1.1.1 at least.
    """
    assert handshake.version == "TLSv1.3", f"{handshake.version} at best"


@pytest.mark.medium
def check_spoken_with_every_sender(modest_session):
    """An MX still speaks TLS 1.2.

    RFC 9325 §3.1.1: implementations MUST support TLS 1.2.

    Why: Senders that cannot do better send their mail in plain text, or not at all.

    Fix: Postfix: `postconf -e 'smtpd_tls_protocols = >=TLSv1.2'`, and suites for it in tls_medium_cipherlist.
    """
    assert modest_session.tls, f"TLS 1.2: {modest_session.outcome}"


@pytest.mark.low
def check_same_on_all_addresses(odd_address):
    """TLS is the same on every address of the server.

    RFC 8305 §1: clients use whichever address answers first.

    Why: Where IPv6 leads to another daemon, or to one that was forgotten, some see what nobody else can reproduce.

    Fix: Find what answers there (`ss -ltnp`), and give it the same configuration and certificate.
    """
    assert not odd_address, odd_address
