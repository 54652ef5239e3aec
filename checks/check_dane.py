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
