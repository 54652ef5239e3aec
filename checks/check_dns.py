"""The DNS of mail servers: names that resolve, addresses that have names."""

import pytest


@pytest.mark.critical
def check_endpoint_resolves(endpoint_names, endpoint):
    """The public name of every mail port has an address.

    RFC 5321 §5.1: a client looks up the address of the name it wants to reach before anything else.

    Why: A name without address cannot be reached by anybody.

    Fix: Publish A and AAAA records for the name, or correct mailassay_hostname.
    """
    assert endpoint_names, f"{endpoint.fqdn} has neither A nor AAAA record"


@pytest.mark.high
def check_name_resolves(host_names, host):
    """The public name of every mail host has an address.

    RFC 5321 §2.3.5: "Only resolvable, fully-qualified domain names (FQDNs) are permitted when domain names are used in
    SMTP."

    Why: Receivers look the name up that a server says in EHLO, and refuse those that do not exist.

    Fix: Publish A and AAAA records for the name, or correct mailassay_hostname.
    """
    assert host_names, f"{host.public_name} has neither A nor AAAA record"


@pytest.mark.high
def check_addresses_ours(published_address):
    """The addresses that the DNS gives for the host's name are the host's own, and no other host's.

    RFC 1035 §3.4.1: an A record gives an address of the host that it names.

    Why: Mail and logins go to another machine, or to nobody: each sender and each mail program picks an address by chance.

    Fix: Correct the A or AAAA record; behind a load balancer or a 1:1 NAT declare mailassay_endpoints. Where two hosts hold
    it: `ip address del` at the one it is not meant for, and out of where it is set at boot; of an HA pair say so:
    mailassay_active.
    """
    assert not published_address, published_address


@pytest.mark.medium
def check_programs_led_here(service_trouble):
    """The SRV records that mail programs follow lead to servers that serve them, under that name.

    RFC 6186 §3: SRV records name the servers for submission and IMAP of a domain; RFC 2782: their target must have address
    records.

    Why: Programs and phones that are set up anew find no server, time out at one that is gone, or warn of its certificate.

    Fix: Correct target and port of the record, or remove it: `_submissions._tcp SRV 0 1 465 smtp.example.org.`; have the
    certificate issued for the target's name as well.
    """
    assert not service_trouble, service_trouble


@pytest.mark.medium
def check_aliases_lead_somewhere(dangling_aliases):
    """No name that mail programs and senders look up is an alias of a name that does not exist.

    RFC 1034 §3.6.2: a CNAME says that the name is an alias, and that all else stands at its canonical name.

    Why: The service behind it was cancelled: programs get nothing, and where its provider gives names away, whoever takes that
    name answers in the domain's, for settings, passwords and MTA-STS policies.

    Fix: Remove the CNAME from the zone, or point it to what serves it now: `dig autoconfig.DOMAIN`.
    """
    assert not dangling_aliases, "; ".join(dangling_aliases[:3])


@pytest.mark.critical
def check_answered(why_servfail, domain):
    """Resolvers give an answer about the domain, also those that validate.

    RFC 4035 §5.5: a validating resolver that finds an answer forged says SERVFAIL (RCODE 2).

    Why: For everybody behind such a resolver, all large receivers among them, the domain is gone: no mail comes, and what
    it sends is refused or put off.

    Fix: A DS of an old key: have the registrar publish that of the key in use. Expired signatures: let the signer run
    (`knotc zone-sign`, `rndc sign`) and its clock be right. `delv SOA DOMAIN` follows the chain.
    """
    assert not why_servfail, f"{domain.name}: {why_servfail}"


@pytest.mark.medium
def check_signed(authenticated, domain):
    """The domain's zone is signed.

    Policy dnssec: mail domains are signed with DNSSEC.

    Why: Unsigned records can be forged on the way, and DANE does nothing.

    Fix: Sign the zone (Knot: `dnssec-signing: on`; BIND: `dnssec-policy default`), and have the registrar publish its DS.
    """
    assert authenticated, f"{domain.name} is not signed"


@pytest.mark.high
def check_signatures_last(shortest_signature, clock, policy):
    """The domain's signatures are renewed in time.

    RFC 4035 §4.4.1: a zone must be signed anew before its signatures end.

    Policy signature_left_percent: percent of a signature's life that must be left.

    Why: At the hour at which they end the domain vanishes for every validating resolver, and with it its mail.

    Fix: See why the signer has stopped: `rndc dnssec -status ZONE`, `knotc zone-status ZONE`, its log; then sign now.
    """
    left = shortest_signature.left(clock) * 100
    name = f"{shortest_signature.rdtype} {shortest_signature.name}"
    assert left >= policy.signature_left_percent, f"the signature over {name} ends {shortest_signature.ends:%F %R} UTC"


@pytest.mark.medium
def check_algorithms_current(outdated_algorithms):
    """The zone is signed with algorithms that are still validated.

    RFC 9905 §2: RSASHA1 and RSASHA1-NSEC3-SHA1 must not be used for signing; validators may treat such zones as unsigned.

    Why: To more and more resolvers the zone is not signed, so DANE does nothing for its mail.

    Fix: Roll over to ECDSAP256SHA256 (13), and publish a DS with a SHA-256 digest.
    """
    assert not outdated_algorithms, f"{'; '.join(outdated_algorithms)}"


@pytest.mark.low
def check_nsec3_plain(nsec3_iterations):
    """The zone's names are hashed no more often than once (NSEC3).

    RFC 9276 §3.1: the number of additional iterations must be 0.

    Why: Resolvers treat zones with many iterations as unsigned, or do not answer for them.

    Fix: BIND: `nsec3param iterations 0 optout no salt-length 0;` in the dnssec-policy; Knot: nsec3-iterations: 0.
    """
    assert nsec3_iterations == 0, f"{nsec3_iterations} additional iterations"
