"""SPF: which addresses may send for the domain."""

import pytest


@pytest.mark.high
def check_published(spf, domain):
    """The domain publishes one SPF record.

    RFC 7208 §3.2: "A domain name MUST NOT have multiple records that would cause an authorization check to select more
    than one record."

    Why: Large receivers refuse or junk mail that neither SPF nor DKIM vouches for; two records count as an error.

    Fix: Publish one TXT record `v=spf1 … -all` that names your senders; merge a second one into it.
    """
    assert spf.state not in ("none", "several"), spf.why


@pytest.mark.high
def check_valid(spf_troubles, domain):
    """The SPF record, and everything that it includes, can be evaluated.

    RFC 7208 §4.6: "if there are any syntax errors anywhere in the record, check_host() returns immediately with the
    result 'permerror'".

    Why: One mistyped term or vanished include and the whole record is worthless: receivers see permerror, not pass.

    Fix: Correct or remove the term that is named.
    """
    assert not spf_troubles, f"{domain.name}: {'; '.join(spf_troubles[:5])}"


@pytest.mark.high
def check_few_lookups(spf_record, domain):
    """Evaluating the SPF record takes no more DNS lookups than receivers grant.

    RFC 7208 §4.6.4: "SPF implementations MUST limit the total number of those terms to 10 during SPF evaluation".

    Why: Beyond ten terms receivers stop with permerror, and legitimate mail fails SPF.

    Fix: Drop includes of services no longer used; replace `a` and `mx` by ip4 and ip6.
    """
    assert spf_record.lookups <= 10, f"{domain.name}: {spf_record.lookups} terms that ask the DNS"


@pytest.mark.medium
def check_ends_in_all(spf_record, policy, domain):
    """The SPF record says what to do with everybody else.

    Policy spf_all: the endings that are accepted.

    Why: `+all` lets the whole world send in your name, `?all` and no `all` say nothing about strangers.

    Fix: End the record in `-all` (or `~all` while you find out who sends for you).
    """
    ending = spf_record.default.text if spf_record.default else "no all"
    assert ending in policy.spf_all, f"{domain.name}: the record ends in {ending}"


@pytest.mark.high
def check_authorises_senders(spf_of_sender):
    """SPF passes for every address that our servers send from.

    RFC 7208 §2.6.3: pass means the client is authorised to send for the domain.

    Why: Mail from an address that SPF does not name is refused, or goes to junk, at every large receiver.

    Fix: Add `ip4:ADDRESS` or `ip6:ADDRESS` to the record (or correct mailassay_egress).
    """
    said = spf_of_sender.matched or spf_of_sender.why or "no term matches"
    assert spf_of_sender.result == "pass", f"SPF says {spf_of_sender.result} ({said})"


@pytest.mark.critical
def check_refuses_strangers(spf_of_stranger, domain):
    """SPF does not pass for addresses that belong to nobody.

    RFC 7208 §2.6.4: "A 'fail' result is an explicit statement that the client is not authorized to use the domain".

    Why: A record that passes for strangers lets spammers send in your name with SPF's blessing.

    Fix: Find the term that is named and narrow it: `+all`, `ip4:0.0.0.0/0`, an include of somebody else's `+all`.
    """
    passing = [f"{found.matched} in {found.domain}" for found in spf_of_stranger if found.result == "pass"]
    assert not passing, f"{domain.name}: strangers pass by {', '.join(dict.fromkeys(passing))}"


@pytest.mark.medium
def check_terms_count(spf_lost_terms, domain):
    """Receivers look at every term of the SPF record.

    RFC 7208 §5.1: "Mechanisms after "all" will never be tested."

    Why: Whoever wrote the term believes that it allows somebody to send: their mail fails SPF.

    Fix: Put `all` at the end of the record, write mechanisms with a colon (`ip4:ADDRESS`), and keep either `all` or redirect=.
    """
    assert not spf_lost_terms, f"{domain.name}: {'; '.join(spf_lost_terms[:5])}"


@pytest.mark.low
def check_no_doubtful_terms(spf_remarks, domain):
    """The SPF record uses no term that receivers dislike.

    RFC 7208 §5.5: the ptr mechanism SHOULD NOT be published.

    Why: `ptr` is slow and unreliable, and some receivers ignore the record for it.

    Fix: Replace the term that is named.
    """
    assert not spf_remarks, f"{domain.name}: {'; '.join(spf_remarks[:5])}"


@pytest.mark.medium
def check_no_near_miss(spf_near_misses, domain):
    """No TXT record looks like SPF without being it.

    RFC 7208 §4.5: a record begins with v=spf1, followed by a space or by nothing.

    Why: Whoever wrote it believes that it is in effect.

    Fix: Correct the beginning of the record that is named, or delete it.
    """
    assert not spf_near_misses, f"{domain.name}: {'; '.join(spf_near_misses)}"


@pytest.mark.medium
def check_blocks_narrow(spf_wide, domain):
    """The SPF record lets no huge block of addresses send.

    Policy spf_bits_ipv4: shortest prefix of a block that may be named; spf_bits_ipv6 for IPv6.

    RFC 7208 §11.1: a pass makes the domain answerable for whoever sends from there.

    Why: Every machine in the block sends in your name with SPF's blessing.

    Fix: Name the addresses that really send, or the include that your provider gives you.
    """
    assert not spf_wide, f"{domain.name}: {'; '.join(spf_wide)}"


@pytest.mark.medium
def check_terms_find_something(spf_void, domain):
    """The terms of the SPF record find what they name.

    RFC 7208 §4.6.4: receivers give up after two terms that find nothing.

    Why: One more such term, and the whole record is an error: mail from everywhere fails SPF.

    Fix: Take out the names that no longer exist.
    """
    assert not spf_void, f"{domain.name}: {'; '.join(spf_void)}"


@pytest.mark.low
def check_helo_passes(helo_spf, full_helo):
    """SPF passes for the name by which a sending host greets others.

    RFC 7208 §2.3: receivers may check that name as well; §2.4: for bounces, whose sender is empty, it is all there is.

    Why: Bounces and receipts of your users are refused or go to junk.

    Fix: `NAME. TXT "v=spf1 a -all"`.
    """
    said = helo_spf.matched or helo_spf.why or "no record"
    assert helo_spf.result == "pass", f"SPF for {full_helo} says {helo_spf.result} ({said})"
