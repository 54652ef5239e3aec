"""Retired hosts: nothing leads to them any more, and nobody trusts their addresses."""

import pytest


@pytest.mark.high
def check_not_in_mx(mx_left, domain):
    """No MX record names a retired host.

    Policy state: retired hosts take no mail.

    Why: Senders that try it first wait for its timeout; whoever gets its address or name next gets the mail.

    Fix: Take the MX record out of the zone, and the name out of the MTA-STS policy.
    """
    assert not mx_left, f"{domain.name}: MX still names {', '.join(mx_left)}"


@pytest.mark.medium
def check_not_in_spf(spf_left, domain):
    """No SPF record lets a retired host send.

    Policy state: retired hosts send no mail.

    Why: Providers give addresses to their next customer, who may then send in the domain's name.

    Fix: Take the term that is named out of the record.
    """
    terms = dict.fromkeys(f"{each.matched} in the record of {each.domain}" for each in spf_left)
    assert not terms, f"{domain.name}: {', '.join(terms)}"


@pytest.mark.low
def check_not_in_dns(name_left, host):
    """The name of a retired host leads nowhere.

    Policy state: retired hosts are reached by nobody.

    Why: Whoever gets the address next can get a certificate for the name, and is taken for the old host.

    Fix: Take its A, AAAA and TLSA records out of the zone; ask the provider to take back the PTR record.
    """
    assert not name_left, f"{host.public_name} still leads to {', '.join(name_left)}"


@pytest.mark.low
def check_not_in_firewall(rules_left):
    """No firewall rule names the address of a retired host.

    Policy state: retired hosts are trusted by nobody.

    Why: Whoever gets the address next finds the doors open that were left ajar for the old host.

    Fix: Take the address out of the rules and sets that `nft list ruleset` or `iptables-save` shows, and of their files.
    """
    assert not rules_left, f"the rules still name {', '.join(rules_left)}"
