"""Reputation: our addresses and domains are on no block list that receivers use."""

import pytest


@pytest.mark.high
def check_address_not_listed(known_listing):
    """No sending address is on a block list.

    RFC 5782 §2.1: an A record at the reversed address in the list's zone means that the address is listed.

    Policy block_lists: the lists that are asked.

    Why: Receivers that use the list refuse every message from the address.

    Fix: Find the cause first (a broken account, an open relay, an infected machine behind NAT), stop it, then ask the
    list's operator for removal on its own web page.
    """
    blocking = known_listing.state == "listed" and known_listing.effect == "blocking"
    assert not blocking, f"listed: {known_listing.query} says {', '.join(known_listing.codes)}: {known_listing.why}"


@pytest.mark.high
def check_domain_not_listed(known_domain_listing):
    """No mail domain is on a block list.

    RFC 5782 §3: an A record at the domain in the list's zone means that the domain is listed.

    Policy domain_block_lists: the lists that are asked.

    Why: Receivers refuse or junk every message that mentions the domain.

    Fix: Find out what was sent or hosted under the name, stop it, then ask the list's operator for removal.
    """
    found = known_domain_listing
    blocking = found.state == "listed" and found.effect == "blocking"
    assert not blocking, f"listed: {found.query} says {', '.join(found.codes)}: {found.why}"


@pytest.mark.high
def check_name_not_listed(known_name_listing):
    """The name of no sending host is on a block list of domains.

    RFC 5782 §3: an A record at the domain in the list's zone means that the domain is listed.

    Policy domain_block_lists: the lists that are asked.

    Why: Receivers look up the name that a server greets by, and that of its address, and refuse whatever it sends.

    Fix: Find out what was sent or hosted under the name, stop it, then ask the list's operator for removal; or rename the host
    (name, PTR record and greeting together).
    """
    found = known_name_listing
    blocking = found.state == "listed" and found.effect == "blocking"
    assert not blocking, f"listed: {found.query} says {', '.join(found.codes)}: {found.why}"
