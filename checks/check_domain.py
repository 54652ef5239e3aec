"""Mail domains as such: each is still there, and still ours. All else that is asked of a domain rests on this."""

import pytest


@pytest.mark.critical
def check_exists(zone_answer, domain):
    """The domain is registered, and its zone is delegated.

    RFC 8020 §2: NXDOMAIN means that there is nothing at this name or below it.

    Why: A domain that is gone receives nothing, whatever it sends is refused, and the next owner reads what still comes.

    Fix: Renew the registration and restore the delegation; or take the domain out of mailassay_domains.
    """
    assert zone_answer.rcode != "NXDOMAIN", f"{domain.name} does not exist (NXDOMAIN)"


@pytest.mark.critical
def check_leads_here(moved_to, domain):
    """Mail of a hosted domain still comes to servers of the inventory.

    Policy mx_ours: a hosted domain's mail goes to servers of the inventory.

    Why: Either all its mail is read by somebody else, or the domain moved away and its mailboxes here are left behind.

    Fix: If it moved away: take it out of mailassay_domains, or give it `kind: inbound-elsewhere`. If not: restore its MX
    records, and find out who changed them.
    """
    assert not moved_to, f"{domain.name}: all its mail goes to {', '.join(moved_to)}"


@pytest.mark.medium
def check_parked_is_silent(parked_spf):
    """The SPF record of a parked domain lets nobody send.

    RFC 7208 §10.1.2: a domain that sends no mail publishes `v=spf1 -all`.

    Why: Names that nobody watches are what spammers like best to send from.

    Fix: Publish `DOMAIN TXT "v=spf1 -all"` and nothing else in it.
    """
    assert parked_spf.strip().lower() == "v=spf1 -all", f"the record is {parked_spf!r}"
