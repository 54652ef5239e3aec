"""Everything that a TLS port can be brought to agree to. It takes some thirty connections, so it needs consent.

What a first look finds as well (check_tls.py) is told there.
"""

import pytest


@pytest.mark.medium
@pytest.mark.intrusive
def check_suites_allowed(suite_beyond, tls_profile):
    """The port agrees to no cipher suite that its profile does not allow.

    RFC 9325 §4.1: suites with NULL encryption, RC4, export grade, or less than 112 bits of security MUST NOT be
    negotiated.

    Policy tls_profile: what ports for users may agree to.

    Policy tls_profile_mx: what port 25 may agree to.

    Why: A program that is old or misled agrees to them, and what it sends can be read.

    Fix: Take the list from whoever the profile names (Mozilla's generator at ssl-config.mozilla.org writes it for Postfix,
    Dovecot and Exim): tls_medium_cipherlist with tls_preempt_cipherlist, ssl_cipher_list, tls_require_ciphers.
    """
    assert not suite_beyond, f"agrees to {', '.join(suite_beyond)}; not allowed by {tls_profile.name}"


@pytest.mark.medium
@pytest.mark.intrusive
def check_groups_allowed(group_beyond, tls_profile):
    """Keys are agreed on in groups that the profile allows, and with primes that are long enough.

    RFC 9325 §4.2, §4.3: Diffie-Hellman over primes of 2048 bits at least, elliptic curves of 224 at least.

    Policy tls_profile: what ports for users may agree to.

    Policy tls_profile_mx: what port 25 may agree to.

    Why: Short primes have been broken (Logjam), and what was recorded can be read later.

    Fix: Postfix: tls_eecdh_auto_curves, smtpd_tls_dh1024_param_file = auto; Dovecot: ssl_curve_list, ssl_dh (or no DHE);
    Exim: tls_eccurve, tls_dhparam.
    """
    assert not group_beyond, f"agrees to {', '.join(group_beyond)}; not allowed by {tls_profile.name}"


@pytest.mark.low
@pytest.mark.intrusive
def check_hybrid_spoken(modern_groups):
    """Keys can be agreed on in a way that quantum computers will not break.

    NCSC-NL, ICT-beveiligingsrichtlijnen voor TLS, 2025-05: hybrid groups with ML-KEM are rated good.

    Policy tls_hybrid: TLS ports agree to a post-quantum hybrid group.

    Why: What is recorded today can be read once such computers exist.

    Fix: OpenSSL 3.5 or newer offers X25519MLKEM768 by itself, unless tls_eecdh_auto_curves or ssl_curve_list leave it out.
    """
    assert any("MLKEM" in group for group in modern_groups), f"TLS 1.3 with {', '.join(modern_groups)}"


@pytest.mark.low
@pytest.mark.intrusive
def check_server_chooses(weaker_suites, habit_of_tls_1_2):
    """A server that allows weaker suites for old programs sees to it that others take better ones.

    NCSC-NL, ICT-beveiligingsrichtlijnen voor TLS, 2025-05: the order matters where suites to be phased out are on.

    Policy tls_profile: what ports for users may agree to.

    Policy tls_profile_mx: what port 25 may agree to.

    Why: Clients that name a weak suite first get it, although both could do better.

    Fix: Postfix: tls_preempt_cipherlist = yes; Dovecot: ssl_prefer_server_ciphers = yes (2.4: ssl_server_prefer_ciphers =
    server); or drop the weaker ones.
    """
    assert habit_of_tls_1_2["order"] == "server", f"clients choose among {', '.join(weaker_suites)} and better ones"


@pytest.mark.medium
@pytest.mark.intrusive
def check_signatures_strong(weak_signature):
    """The server signs key exchanges with SHA-256 at least.

    RFC 9155 §2: MD5 and SHA-1 MUST NOT be used in the signatures of TLS 1.2.

    Why: Signatures over SHA-1 can be forged with effort, and the server be impersonated.

    Fix: Raise @SECLEVEL=0 in cipher lists and in /etc/ssl/openssl.cnf to what the system came with.
    """
    assert not weak_signature, f"signs with {weak_signature}"


@pytest.mark.medium
@pytest.mark.intrusive
def check_not_compressed(habit_of_tls_1_2):
    """TLS compresses nothing.

    RFC 9325 §3.3: TLS-level compression is to be disabled (CRIME).

    Why: How well a message can be compressed tells what is in it, passwords included.

    Fix: Dovecot: no ssl_options = compression; Postfix: tls_ssl_options = NO_COMPRESSION; openssl.cnf: no Options =
    Compression.
    """
    assert habit_of_tls_1_2["compression"] == "off", "agrees to DEFLATE"


@pytest.mark.medium
@pytest.mark.intrusive
def check_renegotiation_secure(habit_of_tls_1_2):
    """Sessions are renegotiated in the secure way, if at all.

    RFC 5746 §3.6: the server answers with renegotiation_info.

    Why: Otherwise somebody in between puts commands of his own before those of the user, in the user's name.

    Fix: Update the TLS library: it is older than 2010, or was told to allow the unsafe way.
    """
    assert habit_of_tls_1_2["renegotiation"] == "secure", "the server does not know RFC 5746"


@pytest.mark.low
@pytest.mark.intrusive
def check_master_secret_extended(habit_of_tls_1_2):
    """Keys of TLS 1.2 are bound to the whole handshake.

    RFC 7627 §5.2; RFC 9325 §3.5: both sides use the extended master secret.

    Why: Without it a server in the middle can make two sessions have the same keys, and pass one for the other.

    Fix: Update the TLS library (OpenSSL 1.1.0, GnuTLS 3.4, or newer).
    """
    assert habit_of_tls_1_2["master-secret"] == "extended", "the server does not know RFC 7627"


@pytest.mark.low
@pytest.mark.intrusive
def check_downgrade_noticed(fallback):
    """Where old versions are allowed, nobody can bring current programs down to them.

    RFC 7507 §3: a server that is told of a fallback, and knows a better version, breaks off.

    Why: Whoever sits in between disturbs the better versions until both ends take the worst.

    Fix: Update the TLS library, or refuse versions before TLS 1.2.
    """
    assert fallback == "noticed", "an announced fallback is taken"


@pytest.mark.low
@pytest.mark.intrusive
def check_no_certificate_asked(certificate_wish):
    """The server does not ask clients for certificates.

    RFC 5246 §7.4.4: a server may ask; few clients of a mail server have anything to show.

    Policy certificates_unasked: no client is asked for a certificate.

    Why: Some mail programs put up a dialogue that nobody understands, and some senders break off.

    Fix: Postfix: `postconf -e smtpd_tls_ask_ccert=no`; Dovecot: ssl_verify_client_cert (2.4: ssl_server_request_client_cert)
    = no; Exim: no tls_try_verify_hosts = *.
    """
    assert certificate_wish != "asked", "it asks for one"
