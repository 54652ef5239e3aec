"""DMARC: what receivers do with mail in the domain's name that is not its own (RFC 9989)."""

import pytest


@pytest.mark.high
def check_published(dmarc):
    """A DMARC policy applies to the domain.

    RFC 9989 §4.10: receivers find the policy at the domain or above it.

    Why: Google and Yahoo require it of bulk senders, and without it anybody's forgery looks like your mail.

    Fix: Publish `_dmarc.DOMAIN TXT "v=DMARC1; p=none; rua=mailto:…"`, read the reports, then raise the policy.
    """
    assert dmarc.state == "found", dmarc.why


@pytest.mark.medium
def check_sound(dmarc_policy):
    """The DMARC record is written as receivers read it.

    RFC 9989 §4.8: tags with syntax errors are ignored or replaced by their default.

    Why: A mistyped policy silently becomes none.

    Fix: Correct the tags that are named.
    """
    problems = dmarc_policy.record.problems
    assert not problems, f"{dmarc_policy.found_at}: {'; '.join(problems[:5])}"


@pytest.mark.medium
def check_enforced(dmarc_policy, policy):
    """Forged mail in the domain's name is kept out.

    Policy dmarc_policies: the effective policies that are accepted. (RFC 9989 §7.4 advises domains whose users write
    to mailing lists against reject.)

    Why: With p=none receivers deliver forgeries and only report them.

    Fix: When the reports show that all your own mail passes, raise p= to quarantine, then to reject; drop t=y.
    """
    found = dmarc_policy
    assert found.effective in policy.dmarc_policies, f"{found.found_at}: the effective policy is {found.effective}"


@pytest.mark.low
def check_applies_to_all(dmarc_share):
    """The policy is for all mail, also at receivers that still heed pct=.

    RFC 9989 §9.3: pct= is historic; receivers of before apply the policy to that share of mail alone.

    Why: The rest of the forgeries is delivered, by some receivers and not by others, and reports do not explain why.

    Fix: Drop `pct=` from the record (t=y is for testing now).
    """
    assert dmarc_share == "100", f"pct={dmarc_share}"


@pytest.mark.medium
def check_subdomains_enforced(subdomain_policies, policy):
    """Forged mail in the names of the domain's subdomains is kept out as well.

    RFC 9989 §4.7: sp= is for subdomains that exist, np= for those that do not; without np= sp= counts, without both p=.

    Policy dmarc_policies: the effective policies that are accepted.

    Why: Forgers write in the name of invoices.DOMAIN or login.DOMAIN, which readers take for the domain itself.

    Fix: Drop `sp=none` and `np=none`, or raise them as p= was raised.
    """
    open_ = [f"{tag}={said}" for tag, said in subdomain_policies.items() if said not in policy.dmarc_policies]
    assert not open_, f"for subdomains the effective policy is {', '.join(open_)}"


@pytest.mark.low
def check_reported(dmarc_policy):
    """Somebody receives the aggregate reports.

    RFC 9989 §8: domain owners collect and analyse aggregate reports.

    Why: Without reports nobody learns of forgeries, nor of own mail that fails.

    Fix: Add `rua=mailto:ADDRESS`.
    """
    assert dmarc_policy.record.rua, f"{dmarc_policy.found_at}: no rua= address"


@pytest.mark.low
def check_reports_accepted(report_consents):
    """Every address for aggregate reports has agreed to take them.

    RFC 9990 §4: a destination in another organisation's domain publishes its consent.

    Why: Without the consent record receivers send it no reports.

    Fix: Publish the TXT record that is named, or use an address of the domain itself.
    """
    assert report_consents.state != "missing", f"no consent: {report_consents.why or report_consents.name}"
