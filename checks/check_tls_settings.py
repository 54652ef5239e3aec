"""TLS as it is set on the host, where it cannot be seen from outside."""

import pytest


@pytest.mark.medium
def check_offered_inside(inner_service):
    """SMTP services for our own hosts offer TLS.

    RFC 3207 §4: a server that supports STARTTLS names it in its reply to EHLO.

    Policy tls_inside: TLS is offered in our own networks, too.

    Why: All mail between our hosts, and passwords with it, can be read by whoever is in the network, or on one host of it.

    Fix: Postfix: `postconf -e smtpd_tls_security_level=may` with smtpd_tls_chain_files; Exim: tls_advertise_hosts = * with
    tls_certificate; OpenSMTPD: `listen on … tls pki NAME`.
    """
    assert not inner_service, inner_service


@pytest.mark.high
def check_version_left(versions_left):
    """Each SMTP service with TLS is left a version that clients speak.

    RFC 8996 §4, §5: TLS 1.0 and 1.1 must not be negotiated; TLS 1.2 and 1.3 are what remains.

    Why: Every handshake fails: users cannot send, and other servers keep their mail or send it in the clear.

    Fix: `postconf -e 'smtpd_tls_mandatory_protocols = >=TLSv1.2' 'smtpd_tls_protocols = >=TLSv1.2'`, `postfix reload`.
    """
    setting, left = versions_left
    assert {"TLSv1.2", "TLSv1.3"} & set(left), f"{setting} leaves {', '.join(left) or 'no version at all'}"


@pytest.mark.medium
def check_system_policy_current(lowered_policy):
    """The system's TLS policy allows nothing that is weaker than today's defaults.

    RFC 8996 §4: TLS 1.0 and 1.1 MUST NOT be used.

    Policy system_tls_policy: the system's policy is not lowered.

    Why: It was lowered for one old program and holds for all: mail servers, and whatever fetches updates.

    Fix: Remove MinProtocol and CipherString from /etc/ssl/openssl.cnf, or set TLSv1.2 and DEFAULT@SECLEVEL=2; RHEL:
    `update-crypto-policies --set DEFAULT`; restart the daemons. Lower it in that one program's own settings.
    """
    assert not lowered_policy, f"set: {'; '.join(lowered_policy)}"


@pytest.mark.medium
def check_own_authorities_known(unknown_authorities):
    """Certificate authorities that somebody put on the host are known to its programs.

    update-ca-certificates(8): of /usr/local/share/ca-certificates, files whose names end in .crt, and only when it is run.

    Why: Connections to the site's own servers fail with "certificate not trusted", or go on unverified.

    Fix: Name the file NAME.crt, then `update-ca-certificates`; restart what had read the old list.
    """
    assert not unknown_authorities, f"not among the known: {', '.join(unknown_authorities)}"
