"""The certificate that a mail port shows: for this name, trusted, in time, and the one that lies on the disk."""

import pytest


@pytest.mark.high
def check_names_host(verified, leaf, endpoint):
    """The certificate is for the name under which the port is known.

    RFC 9525 §6: a client compares the name it wanted with the DNS names of the subjectAltName; the common name counts
    no more.

    Why: Mail programs warn their users or refuse; servers that verify (MTA-STS) do not deliver.

    Fix: Have the certificate issued for this name as well (`certbot certonly -d NAME1 -d NAME2`), or publish the name
    that it has.
    """
    assert leaf.matches(endpoint.fqdn), f"it is for {', '.join(leaf.names) or 'no DNS name'}, not for {endpoint.fqdn}"


@pytest.mark.medium
def check_without_sni(nameless_fault):
    """Clients that do not say which server they want see a certificate for it as well.

    RFC 6066 §3: the server name is an extension that a client may leave out; many senders of mail do.

    Why: They see a certificate for another name, or none; those that verify do not deliver or log in.

    Fix: Make it the default: Postfix smtpd_tls_chain_files (not tls_server_sni_maps alone), Dovecot ssl_server_cert_file
    (ssl_cert) outside of every local_name block; HAProxy: the first certificate, without strict-sni.
    """
    assert not nameless_fault, nameless_fault


@pytest.mark.high
def check_chain_complete(missing_issuer):
    """The server sends its certificate with all intermediate ones.

    RFC 8446 §4.4.2: the chain is sent with the server's own certificate; only the root may be left out.

    Why: Browsers fetch what is missing, mail programs and servers do not: they call the certificate untrusted.

    Fix: Configure the full chain (fullchain.pem, not cert.pem), then reload the daemon. An authority of your own: name
    its certificate in mailassay_ca_file.
    """
    assert not missing_issuer, f"the certificate of its issuer was not sent: {missing_issuer}"


@pytest.mark.high
def check_trusted(distrust):
    """The certificate comes from an authority that its clients trust.

    RFC 8314 §4: mail programs verify the server's certificate.

    RFC 8461 §4.2: so do servers that send to a domain with MTA-STS.

    Policy ca_file: roots that this site's clients trust besides those of the system.

    Why: Mail programs warn their users or refuse; servers that verify do not deliver.

    Fix: Use a certificate of a public authority (certbot, lego, acme.sh). An authority of your own: mailassay_ca_file.
    """
    assert not distrust, distrust


@pytest.mark.low
def check_in_order(disorder):
    """Each certificate of the chain certifies the one before it.

    RFC 8446 §4.4.2: each certificate should directly certify the one before it.

    Why: Old and strict clients look no further, and call the certificate untrusted.

    Fix: Put the server's certificate first into the file, then its issuer's, and so on.
    """
    assert not disorder, f"in the wrong place: {disorder}"


@pytest.mark.high
def check_not_expired(leaf, clock):
    """The certificate is valid now.

    RFC 5280 §4.1.2.5: a certificate holds from notBefore to notAfter.

    Why: Mail programs warn their users or refuse; servers that verify do not deliver.

    Fix: `certbot renew` (or your ACME client), then reload the daemon; see why the renewal did not run by itself.
    """
    assert leaf.begins <= clock <= leaf.ends, (
        f"valid from {leaf.begins:%Y-%m-%d} to {leaf.ends:%Y-%m-%d}: {leaf.subject}"
    )


@pytest.mark.medium
def check_renewed_in_time(running_leaf, clock, policy):
    """The certificate does not end within days.

    Policy certificate_days: days that must be left; of short-lived certificates a sixth of their life.

    Why: When it ends, mail programs refuse; what should have renewed it has failed for weeks.

    Fix: Run the renewal by hand and read what it says: `certbot renew --dry-run`.
    """
    left, needed = running_leaf.left(clock), running_leaf.least_left(policy.certificate_days)
    assert left >= needed, f"{left:.1f} days left of {running_leaf.lifetime:.0f} ({needed:.1f} needed)"


@pytest.mark.low
def check_renewal_on_time(running_leaf, days_left, policy):
    """The certificate was renewed when it was due.

    Policy certificate_late: part of its life that may be left before the renewal is called late, at most 30 days.

    Why: ACME clients renew when a third is left: whoever has less has a renewal that fails silently.

    Fix: `systemctl list-timers`, the log of the ACME client; then `certbot renew --dry-run`.
    """
    due = min(30, policy.certificate_late * running_leaf.lifetime)
    late = policy.certificate_days <= days_left < due
    assert not late, f"{days_left:.1f} days left of {running_leaf.lifetime:.0f}"


@pytest.mark.high
def check_strong(certificate_weakness):
    """The keys and signatures of the chain are strong.

    RFC 9155 §2, CA/Browser Forum Baseline Requirements: no MD5 or SHA-1 in signatures, RSA keys of 2048 bits at least.

    Why: Current software refuses such certificates; what is signed with them can be forged.

    Fix: Have a new certificate issued, for a new key: `certbot renew --force-renewal --key-type ecdsa`.
    """
    assert not certificate_weakness, certificate_weakness


@pytest.mark.medium
def check_authority_allowed(caa_refusals):
    """The authority of the certificate may issue the next one as well.

    RFC 8659 §3: an authority must not issue a certificate for a name unless the CAA records of that name allow it.

    Policy caa_names: names by which CAA records mean an authority of the site's own.

    Why: The renewal will fail, and the certificate end, although nothing changed on the server.

    Fix: Name the authority in the zone, as in `@ CAA 0 issue "letsencrypt.org"`, or have the certificate from one that is
    named.
    """
    assert not caa_refusals, f"only these may issue: {'; '.join(caa_refusals)}"


@pytest.mark.high
def check_served_is_on_disk(stale):
    """The port shows the certificate that the daemon is configured with.

    Policy served_is_on_disk: a renewed certificate is in use.

    Why: It was renewed and the daemon was never told; the old one ends, and everybody wonders, since the file is new.

    Fix: `postfix reload`, `doveadm reload`, `systemctl reload exim4`; then let the renewal do so: a deploy hook
    (/etc/letsencrypt/renewal-hooks/deploy). If they differ on purpose, something in front ends TLS.
    """
    assert not stale, f"another one is served: {stale}"


@pytest.mark.high
def check_file_valid(certificate_file, clock):
    """The certificate that a mail daemon of the host is configured with is valid now.

    RFC 5280 §4.1.2.5: a certificate holds from notBefore to notAfter.

    Why: Also a relay that only own servers reach: those that verify it keep their mail, and nobody outside sees why.

    Fix: `certbot renew` (or your ACME client, or your own authority), then reload the daemon.
    """
    ends = f"valid from {certificate_file.begins:%Y-%m-%d} to {certificate_file.ends:%Y-%m-%d}"
    assert certificate_file.begins <= clock <= certificate_file.ends, f"{ends}: {certificate_file.subject}"


@pytest.mark.medium
def check_file_renewed_in_time(running_file, clock, policy):
    """The certificate that a mail daemon of the host is configured with does not end within days.

    Policy certificate_days: days that must be left; of short-lived certificates a sixth of their life.

    Why: When it ends, servers that verify keep their mail; what should have renewed it has failed for weeks.

    Fix: Run the renewal by hand and read what it says: `certbot renew --dry-run`.
    """
    left, needed = running_file.left(clock), running_file.least_left(policy.certificate_days)
    assert left >= needed, f"{left:.1f} days left of {running_file.lifetime:.0f} ({needed:.1f} needed)"
