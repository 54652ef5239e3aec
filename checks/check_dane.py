"""DANE: the DNS says which certificate an MX shows, so that nobody in between can take its place."""

import pytest


@pytest.mark.low
def check_published(tlsa, endpoint):
    """Every MX publishes the key that it shows.

    RFC 7672 §2.2: senders that know DANE use TLSA records that DNSSEC has validated.

    Policy dane: MX hosts publish TLSA records.

    Why: Without DANE or MTA-STS an attacker in the middle strips STARTTLS.

    Fix: Publish `_25._tcp.MX TLSA 3 1 1 DIGEST`; the digest: `openssl x509 -in CERT -noout -pubkey | openssl pkey -pubin
    -outform DER | sha256sum`. The zone must be signed.
    """
    assert tlsa.state == "records", f"{tlsa.owner}: {tlsa.state}"


@pytest.mark.high
def check_asked_for(asked_for_tlsa, endpoint):
    """The DNS answers when a sender asks for TLSA records, be it that there are none.

    RFC 7672 §2.1.2: a sender that gets no answer for TLSA does not deliver to this server.

    Why: Senders with DANE keep the mail and try again until they return it; all others deliver, so nobody here notices.

    Fix: `dig +dnssec TLSA _25._tcp.MX` at each name server: a delegation of _tcp that leads nowhere, a DNS firewall that
    drops unknown types, signatures that do not cover the denial (NSEC, NSEC3).
    """
    assert asked_for_tlsa in ("NOERROR", "NXDOMAIN"), f"TLSA _25._tcp.{endpoint.fqdn}: {asked_for_tlsa}"


@pytest.mark.high
def check_usable(tlsa_records):
    """The TLSA records are of a kind that senders use.

    RFC 7672 §3.1.3: usages 0 and 1 are not used with SMTP.

    Why: A set without usable records protects nothing.

    Fix: Publish usage 3 (the server's key) or 2 (its authority).
    """
    unusable = [f"{r.parameters}: {r.unusable}" for r in tlsa_records.records if r.unusable]
    assert tlsa_records.usable, f"{tlsa_records.owner}: {'; '.join([*unusable, *tlsa_records.errors])}"


@pytest.mark.critical
def check_matches(dane_match, endpoint):
    """A TLSA record matches the certificate that the server shows.

    RFC 7672 §2.2: a sender that finds usable TLSA records delivers only where one matches.

    Why: Senders with DANE (Gmail does not, but most of Germany's and the Netherlands' providers do) stop delivering.

    Fix: Publish the record of the new key before it is used, and wait twice the TTL; or let renewals keep the key.
    """
    tried = [f"{attempt.record.parameters}: {attempt.why}" for attempt in dane_match.attempts]
    assert dane_match.matched or not dane_match.usable, f"{endpoint.fqdn}: {'; '.join(tried)}"


@pytest.mark.medium
def check_survives_renewal(new_key_at_renewal):
    """The next renewal of the certificate leaves a key that is published.

    RFC 7671 §8.1: the record of the new key is published before the key is used.

    Why: certbot makes a new key at each renewal: that day senders with DANE stop delivering, and nobody changed anything.

    Fix: `certbot reconfigure --cert-name NAME --reuse-key`, or publish the authority's key as well (2 1 1); or have a
    script publish the record of the next key two TTLs before the certificate is deployed.
    """
    assert not new_key_at_renewal, f"certbot makes a new key for {', '.join(new_key_at_renewal)}"


@pytest.mark.low
def check_ready_to_roll(rollover):
    """A second TLSA record stands by for the next key.

    RFC 7671 §8.1, §8.4: the next key, or the authority's, is published beside the one in use.

    Policy dane_rollover: MX hosts publish two TLSA records, so that the key can change at any time.

    Why: If the key must change at once (it was lost or stolen), mail from senders with DANE waits for the DNS to follow.

    Fix: Make the next key now, keep it apart, and publish its `3 1 1`; or publish the authority's `2 1 1`.
    """
    assert rollover, "one key is published, and no authority"
