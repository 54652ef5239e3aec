"""The observer: is the machine that outside probes start from fit to see what others see.

What an unfit observer saw is unknown, whether it looked good or bad. So these checks never fail a mail server: trouble
makes them unknown, and with them all that rests on them.
"""

import pytest

from checks.evidence.transcript import NoEvidence


@pytest.mark.high
def check_resolves(root_servers, observer):
    """The observer's resolver answers.

    RFC 1034 §5.3.1: every program finds its way through a resolver; one that does not know the root knows nothing.

    Why: Without it no name, no record and no public port of any server can be judged.

    Fix: On the observer: `dig NS .`; look at the first nameserver of its /etc/resolv.conf and at the way there.
    """
    if not root_servers.records:
        raise NoEvidence(f"the resolver of {observer.name} does not even know the root: {root_servers.rcode}")
    assert root_servers.records, f"{observer.name}: {root_servers.rcode}"


@pytest.mark.high
def check_tells_absence(invented, observer):
    """The observer's resolver says so where a name does not exist.

    RFC 8020 §2: NXDOMAIN says that nothing exists at or below a name.

    Why: A resolver that leads mistyped names to its operator's pages makes every missing record look published.

    Fix: Give the observer a resolver of its own (unbound), or name another host in mailassay_observer.
    """
    if invented:
        raise NoEvidence(f"the resolver of {observer.name} answers for names that do not exist: {', '.join(invented)}")
    assert not invented, f"{observer.name}: {invented}"


@pytest.mark.medium
def check_validates(validation, observer):
    """The observer's resolver validates DNSSEC.

    RFC 4035 §5.5: what fails validation is answered with SERVFAIL.

    Policy observer_bogus_name: a name whose signatures are wrong on purpose.

    Why: Whether a zone is signed, and whether DANE protects mail, shows only in the answers of a validating resolver.

    Fix: On the observer: `dig +dnssec SOA dnssec-failed.org` must say SERVFAIL and `dig +dnssec NS .` the flag ad; a
    validating resolver of its own (unbound) does so.
    """
    if validation:
        raise NoEvidence(f"the resolver of {observer.name} {validation}")
    assert not validation, f"{observer.name}: {validation}"


@pytest.mark.high
def check_dns_direct(dns_imposter, observer):
    """The observer's questions reach the name servers that it asks.

    RFC 5737 §3: nobody has the addresses of documentation, so nobody can answer from there.

    Why: Some networks answer every DNS question themselves; name servers of a domain can then not be compared.

    Fix: Choose an observer in a network that does not redirect port 53, or have the redirection lifted.
    """
    if dns_imposter:
        raise NoEvidence(f"{dns_imposter}: the network of {observer.name} redirects port 53")
    assert not dns_imposter, f"{observer.name}: {dns_imposter}"


@pytest.mark.high
def check_mail_port_open(mail_servers, observer):
    """The observer can reach port 25 of mail servers.

    RFC 5321 §2.3.4: mail servers are reached at TCP port 25.

    Policy observer_mail_servers: whom it tries if no server of the fleet can be reached from it.

    Why: Homes, offices and most clouds block port 25; from there all mail servers look dead.

    Fix: Name a host outside in mailassay_observer: it needs nothing but sshd with TCP forwarding.
    """
    if not mail_servers.answered:
        raise NoEvidence(f"from {observer.name} no port 25 can be reached: {mail_servers}")
    assert mail_servers.answered, f"{observer.name}: {mail_servers}"


@pytest.mark.high
def check_mail_port_direct(smtp_imposter, observer):
    """The observer's connections to port 25 reach the server that they are made to.

    RFC 5737 §3: nobody has the addresses of documentation, so nobody can answer from there.

    Why: Some networks lead all mail through a server of their own; what is seen then is that server.

    Fix: Name a host outside in mailassay_observer, or have the redirection lifted.
    """
    if smtp_imposter:
        raise NoEvidence(f"{smtp_imposter}: the network of {observer.name} redirects port 25")
    assert not smtp_imposter, f"{observer.name}: {smtp_imposter}"


@pytest.mark.medium
def check_speaks_ipv6(ipv6_ways, observer):
    """The observer has a way to the Internet over IPv6.

    RFC 8200 §1: IPv6 is the Internet Protocol; what is published for it can be judged only through it.

    Why: From a machine without it, every server looks dead over IPv6.

    Fix: Give the observer an IPv6 address and a default route, or name another host in mailassay_observer.
    """
    if not ipv6_ways.answered:
        raise NoEvidence(f"{observer.name} reaches nobody over IPv6: {ipv6_ways}")
    assert ipv6_ways.answered, f"{observer.name}: {ipv6_ways}"


@pytest.mark.high
def check_clock_right(clocks_ahead, observer, policy):
    """The clock that the audit goes by is right.

    Policy clock_offset: seconds by which clocks may differ.

    Why: Certificates and signatures are judged by it; with a wrong one, those that are valid seem expired.

    Fix: `timedatectl` on the machine that runs the audit. If that is right, the time source of all hosts is wrong.
    """
    if abs(clocks_ahead.middle) > policy.clock_offset:
        raise NoEvidence(f"the clocks of {clocks_ahead} against that of the machine that runs the audit")
    assert abs(clocks_ahead.middle) <= policy.clock_offset, f"{clocks_ahead}"
