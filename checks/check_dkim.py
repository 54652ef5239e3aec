"""DKIM: mail is signed, and the key to verify it is published."""

import pytest


@pytest.mark.high
def check_signed(signing_keys, signer, domain):
    """Every host that sends users' mail for the domain signs it.

    RFC 6376 §3.5: a signature names the domain that takes responsibility for the message.

    Why: Unsigned mail is refused or junked by large receivers, and DMARC then rests on SPF alone, which forwarding breaks.

    Fix: OpenDKIM: add the domain to SigningTable and KeyTable and `systemctl reload opendkim`; publish the key.
    """
    assert signing_keys, f"{signer.name} has no key that signs mail of {domain.name}"


@pytest.mark.high
def check_published(dkim_texts, selector, domain):
    """Every selector that signs is published.

    RFC 6376 §3.6.2.1: the key is in a TXT record at SELECTOR._domainkey.DOMAIN.

    Why: A signature whose key cannot be found fails, as if the message had been forged.

    Fix: Publish the TXT record that `opendkim-genkey` wrote beside the key.
    """
    name = f"{selector}._domainkey.{domain.name}"
    assert len(dkim_texts) == 1, f"{name} has {len(dkim_texts) or 'no'} TXT records"


@pytest.mark.high
def check_valid(dkim_record, selector):
    """The published key can be used.

    RFC 6376 §3.6.1: the record holds a public key; an empty p= means that it was revoked.

    Why: Every signature made with this selector fails.

    Fix: Publish the record anew; beware of quotes, spaces and cut strings in long TXT records.
    """
    assert not isinstance(dkim_record, str), f"{selector}: {dkim_record}"
    assert not dkim_record.revoked, f"{selector}: the key is revoked (empty p=)"


@pytest.mark.high
def check_matches_host(host_key):
    """The key on every signing host is the published one.

    RFC 6376 §6.1.3: a signature that the published key does not verify fails.

    Why: After a rotation that forgot the DNS, or one of two hosts, all mail from there fails DKIM.

    Fix: Copy the current key to the host and `systemctl reload opendkim`, or publish its public key.
    """
    path, same = host_key
    assert same, f"{path} is not the key that is published"


@pytest.mark.medium
def check_strong(dkim_published_key, policy, selector):
    """The key is long enough, and not too long for verifiers.

    RFC 8301 §3.2: "Signers MUST use RSA keys of at least 1024 bits for all keys. Signers SHOULD use RSA keys of at least
    2048 bits."

    Policy dkim_bits: the least size of an RSA key.

    Why: Short keys can be factored, and are refused by more receivers each year.

    Fix: `opendkim-genkey -b 2048 -s NEW -d DOMAIN`; publish it, switch the signing table, remove the old one a week later.
    """
    key = dkim_published_key
    fits = key.key_type != "rsa" or policy.dkim_bits <= key.bits <= 4096
    assert fits, f"{selector}: RSA key of {key.bits} bits"


@pytest.mark.medium
def check_not_testing(dkim_published_key, selector):
    """The key is published in earnest.

    RFC 6376 §3.6.1: t=y tells verifiers that the domain is testing DKIM.

    Why: Verifiers may treat mail with a testing key as if it were unsigned.

    Fix: Remove t=y from the record.
    """
    assert not dkim_published_key.testing, f"{selector}: the record says t=y"


@pytest.mark.low
def check_key_recent(key_days, policy):
    """The key was made lately.

    Policy dkim_key_days: days since it was made; M3AAWG recommends a new one twice a year.

    Why: The longer a key is in use, the more people and backups have a copy of it; whoever has one signs in your name.

    Fix: Make a key under a new selector, publish it, wait a day, sign with it, and take the old record away after a week.
    """
    where, days = key_days
    assert days <= policy.dkim_key_days, f"{where} was made {days:.0f} days ago"


@pytest.mark.low
def check_no_wildcard(invented_selector, domain):
    """Selectors that nobody made are not published.

    RFC 6376 §3.6.2.1: every key has a selector of its own; a wildcard answers for all of them.

    Why: Revoking a selector does nothing: the wildcard goes on answering for it.

    Fix: Take the wildcard under _domainkey (or under the domain) out of the zone, or keep TXT records out of it.
    """
    shown = ", ".join(text[:80] for text in invented_selector)
    assert not invented_selector, f"at a selector of {domain.name} that nobody made: {shown}"


@pytest.mark.medium
def check_signed_with_rsa(signature_kinds):
    """Mail has a signature that every verifier knows, RSA, and not one of Ed25519 alone.

    RFC 8463 §5: not all verifiers know Ed25519; signers add a signature of each kind.

    Why: Gmail, Microsoft and many others take the mail for unsigned, and DMARC rests on SPF alone.

    Fix: Give the domain a second key of RSA with 2048 bits under a selector of its own, and sign with both.
    """
    assert "rsa" in signature_kinds, f"signs with {', '.join(sorted(signature_kinds))} alone"


@pytest.mark.high
def check_no_forgotten_weak_key(weak_common_keys):
    """No selector in common use publishes a key that others can break, not even one that nobody signs with any more.

    RFC 8301 §3.2: "Verifiers MUST NOT consider signatures using RSA keys of less than 1024 bits as valid signatures"; many
    still do.

    Policy dkim_common_selectors: selectors that are asked for besides those in use.

    Why: A key of 512 bits is factored within a day: whoever does so signs in the domain's name, and passes DMARC.

    Fix: Take the record out of the DNS, or revoke it (`SELECTOR._domainkey TXT "v=DKIM1; p="`).
    """
    assert not weak_common_keys, f"still published: {'; '.join(weak_common_keys[:3])}"
