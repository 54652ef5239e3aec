"""MTA-STS and TLS-RPT: senders are told to use TLS, and tell when they could not."""

import pytest


@pytest.mark.low
def check_published(sts_record, domain):
    """The domain tells senders that its servers speak TLS.

    RFC 8461 §3.1: the record is a TXT at _mta-sts.DOMAIN.

    Policy mta_sts: hosted domains publish MTA-STS.

    Why: Without it an attacker in the middle strips STARTTLS, and mail goes in plain text.

    Fix: Publish `_mta-sts.DOMAIN TXT "v=STSv1; id=1"` and the policy at https://mta-sts.DOMAIN/.well-known/mta-sts.txt.
    """
    assert sts_record.state == "record", sts_record.why


@pytest.mark.high
def check_served(sts_fetched):
    """The MTA-STS policy can be fetched.

    RFC 8461 §3.3: senders fetch it by HTTPS and follow no redirect.

    Why: Senders that know an older policy keep to it until it expires; then the protection is gone.

    Fix: Mend the web server of mta-sts.DOMAIN; the evidence says how far the fetch got.
    """
    assert " 200" in sts_fetched.outcome, f"fetching the policy: {sts_fetched.outcome}"


@pytest.mark.medium
def check_served_at_every_address(sts_elsewhere):
    """The MTA-STS policy is the same at every address of its server.

    RFC 8461 §3.3: senders fetch it over IPv4 or IPv6, as they like, and give up where the certificate is not valid.

    Why: Half of the senders have no policy, and send in the clear if somebody in between asks them to.

    Fix: Let the web server listen for the name on all its addresses (nginx: `listen [::]:443 ssl`), or take the AAAA
    record out.
    """
    assert not sts_elsewhere, "; ".join(sts_elsewhere)


@pytest.mark.high
def check_valid(sts_policy, domain):
    """The MTA-STS policy is written as senders read it.

    RFC 8461 §3.2: version, mode, max_age and mx lines.

    Why: A policy that cannot be read protects nobody.

    Fix: Correct the line that is named.
    """
    assert not isinstance(sts_policy, str), f"{domain.name}: {sts_policy}"


@pytest.mark.high
def check_certificate_loaded(sts_unloaded):
    """The policy's web server serves the certificate that was renewed.

    Policy served_is_on_disk: a renewed certificate is in use.

    Why: The old one ends soon or has ended; then senders that follow MTA-STS find no policy, and what they know of it runs out.

    Fix: `systemctl reload nginx` (apache2); then let the renewal do so: a deploy hook of certbot or acme.sh.
    """
    assert not sts_unloaded, sts_unloaded


@pytest.mark.high
def check_certificate_valid(sts_certificate_fault):
    """The server of the MTA-STS policy has a certificate that senders accept.

    RFC 8461 §3.3: the certificate must be valid, for mta-sts.DOMAIN, and from an authority that the sender trusts.

    Why: Senders do not take the policy from such a server: new ones do not learn it, and the others forget it.

    Fix: `certbot certonly -d mta-sts.DOMAIN` for the web server of that name, and see why the renewal did not run.
    """
    assert not sts_certificate_fault, sts_certificate_fault


@pytest.mark.high
def check_authority_allowed(sts_caa_refusals):
    """The authority of the policy server's certificate may issue the next one as well.

    RFC 8659 §3: an authority must not issue a certificate for a name unless the CAA records of that name allow it.

    Policy caa_names: names by which CAA records mean an authority of the site's own.

    Why: The renewal will fail; from the day the certificate ends, senders take no policy from the server any more.

    Fix: Name the authority in the zone, as in `@ CAA 0 issue "letsencrypt.org"`, or for this name alone, as in
    `mta-sts CAA 0 issue "letsencrypt.org"`.
    """
    assert not sts_caa_refusals, f"only these may issue: {'; '.join(sts_caa_refusals)}"


@pytest.mark.low
def check_plain_text(sts_media_type):
    """The policy is served as plain text.

    RFC 8461 §3.2: the policy's media type is text/plain, so that what users upload is not taken for it.

    Why: Strict senders do not take it.

    Fix: nginx: `location = /.well-known/mta-sts.txt { default_type text/plain; }`; not a page that answers for every path.
    """
    assert sts_media_type == "text/plain", f"Content-Type: {sts_media_type or '(none)'}"


@pytest.mark.low
def check_enforced(sts_read, policy):
    """The policy asks senders to insist on it.

    RFC 8461 §5: only with mode enforce does a sender refuse to deliver to a server that it cannot verify.

    Policy mta_sts_modes: modes that are accepted.

    Why: With testing or none an attacker in the middle still strips STARTTLS; the policy only tells of it.

    Fix: When the TLS reports of a few weeks show no failure: mode: enforce, and another id in the TXT record.
    """
    assert sts_read.mode in policy.mta_sts_modes, f"mode: {sts_read.mode}"


@pytest.mark.low
def check_kept_long(sts_read, policy):
    """Senders keep the policy for weeks.

    RFC 8461 §3.2: max_age; §10.2: it is expected to be in the range of weeks or greater.

    Policy mta_sts_days: days for which senders are to keep it, at least.

    Why: Once it has run out, whoever keeps a sender from fetching it again has switched it off.

    Fix: max_age: 1209600 or more, and another id in the TXT record.
    """
    days = sts_read.max_age / 86400
    assert days >= policy.mta_sts_days, f"max_age: {sts_read.max_age} ({days:.1f} days)"


@pytest.mark.high
def check_change_announced(sts_unannounced):
    """A new MX comes with a new id of the MTA-STS policy that allows it.

    RFC 8461 §3.1: the id is "used to track policy updates": senders fetch the policy again when it differs from the one they know.

    Why: Senders go by the policy that they have for weeks, and look for another one only when the id changes: until then they
    deliver nothing to the new server.

    Fix: Give the TXT record at _mta-sts a new id (the time of the change, 20261128T0000) each time the policy changes.
    """
    assert not sts_unannounced, f"the policy was {sts_unannounced}"


@pytest.mark.critical
def check_allows_mx(sts_mx_refused, domain):
    """The MTA-STS policy allows every MX of the domain.

    RFC 8461 §4.1: "A receiving candidate MX host is valid according to an applied MTA-STS Policy if the MX record name
    matches one or more of the "mx" fields in the applied policy."

    Why: Google, Microsoft and others do not deliver to an MX that the policy leaves out.

    Fix: Add the missing `mx:` line to the policy, then change the id of the TXT record.
    """
    assert not sts_mx_refused, f"{domain.name}: the policy leaves out {', '.join(sts_mx_refused)}"


@pytest.mark.low
def check_tls_reported(tls_reports):
    """Senders know where to report failed TLS.

    RFC 8460 §3: the record is a TXT at _smtp._tls.DOMAIN.

    Policy mta_sts: hosted domains publish MTA-STS, and learn how it fares.

    Why: Without reports nobody learns that senders cannot reach the servers by TLS.

    Fix: Publish `_smtp._tls.DOMAIN TXT "v=TLSRPTv1; rua=mailto:ADDRESS"`.
    """
    assert tls_reports.state == "record", tls_reports.why
