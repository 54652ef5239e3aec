"""The resolver of a sending host: what it hears from the DNS is what the domains have published."""

import pytest


@pytest.mark.medium
def check_validates(host_validation):
    """The resolver of a host that sends to the Internet validates DNSSEC.

    RFC 7672 §2.1: DANE needs a validating resolver that the mail server can trust.

    Policy resolver_validates: hosts that send ask a validating resolver.

    Why: Whoever can forge an answer redirects the host's mail; DANE and other domains' MX records protect nothing.

    Fix: `apt-get install unbound`, and `nameserver 127.0.0.1` in /etc/resolv.conf; `dig +dnssec NS .` must show the flag ad.
    """
    assert not host_validation, host_validation


@pytest.mark.critical
def check_serves_our_hosts(refused_hosts):
    """A resolver of ours answers the hosts that are told to ask it.

    RFC 1035 §4.1.1, RCODE 5: "The name server refuses to perform the specified operation for policy reasons".

    Why: These hosts find no MX record and no name of whoever connects: mail waits, and what comes in is put off or refused.

    Fix: Unbound: `access-control: NETWORK allow`; BIND: allow-recursion and allow-query-cache; PowerDNS: allow-from; with the network
    of these hosts, IPv6 as well. `dig @SERVER NS .` from one of them must not say REFUSED.
    """
    assert not refused_hosts, f"it refuses {', '.join(refused_hosts[:10])}"


@pytest.mark.high
def check_closed_to_strangers(recursing_addresses):
    """A name server of ours finds out nothing for strangers: it answers for its own zones alone.

    RFC 5358 §4: "Nameservers should only offer recursive name service to hosts that are under the administration's control".

    Why: With forged questions it floods others (a small question, a large answer); the provider shuts the host, and its answers
    can be poisoned.

    Fix: Unbound: `access-control:` with your own networks alone; BIND: `allow-recursion` and `allow-query-cache`, or
    `recursion no;` where it only serves zones; PowerDNS Recursor: allow-from; Knot: no mod-dnsproxy for everybody.
    """
    assert not recursing_addresses, f"it looked up example.com for the observer, at {', '.join(recursing_addresses)}"


@pytest.mark.high
def check_asked_by_programs(name_for_programs):
    """Programs on the host ask the DNS for names.

    nsswitch.conf(5), hosts: the sources of host names, in the order in which the C library asks them.

    Why: Mail programs do not find their mailbox server, their database or whoever connects, while `dig` finds everything.

    Fix: `hosts: files dns` in /etc/nsswitch.conf, then restart the mail daemons.
    """
    found, lost = name_for_programs
    assert found, lost


@pytest.mark.high
def check_tells_absence(invented_for_host):
    """A host's resolver says so where a name does not exist.

    RFC 8020 §2: NXDOMAIN says that there is no such name, nor any below it.

    Why: Every block list seems to list every sender, mail to mistyped domains waits for days, and SPF includes that are
    gone pass.

    Fix: The provider's resolver gives its own address for what does not exist: ask another one (`nameserver` in
    /etc/resolv.conf), best a resolver of your own: `apt-get install unbound`, then `nameserver 127.0.0.1`.
    """
    assert not invented_for_host, f"{invented_for_host}, says its resolver; nobody has that name"


@pytest.mark.high
def check_knows_own_domains(hidden_records):
    """A host's resolver knows the mail records that its domains have published.

    RFC 5321 §5.1: whoever sends mail looks up the MX records of its domain; without them, the address of its name.

    Why: The rest of the world reaches the domain, and this host does not, or refuses its own mail for want of an SPF record.

    Fix: An internal zone of the same name hides the public one: add the MX and TXT records there, or delegate only the
    names that are internal. Newly published: it forgets within the zone's negative TTL (`unbound-control flush_zone NAME`).
    """
    assert not hidden_records, "; ".join(hidden_records)


@pytest.mark.medium
def check_all_answer(dead_name_servers):
    """Every name server of resolv.conf answers.

    resolv.conf(5): name servers are asked in the order in which they are listed, each for some seconds.

    Why: Every lookup waits for the dead one first: greetings, RCPT and deliveries take seconds, and some time out.

    Fix: Take it out of /etc/resolv.conf (and of whatever writes that file), and restart the mail daemons; `dig @ADDRESS . NS`.
    """
    assert not dead_name_servers, f"no use: {', '.join(dead_name_servers)}"


@pytest.mark.high
def check_forwarders_answer(silent_forwarders):
    """Servers to which the host's resolver hands questions on answer it.

    unbound.conf(5), forward-zone and stub-zone; named.conf(5), forwarders: names of such a zone are asked of nobody else.

    Why: All names of the zone fail for every host that asks this resolver: mail to these domains waits, and mail from them
    is put off or refused, though the rest of the world finds them.

    Fix: Remove the forward-zone or stub-zone (BIND: forwarders), or name a server that answers; then
    `unbound-checkconf && unbound-control reload`, `rndc reload`.
    """
    assert not silent_forwarders, f"no answer from {'; '.join(silent_forwarders)}"


@pytest.mark.critical
def check_root_key_fits(rejected_root):
    """What the root has signed passes the validation of the host's resolver.

    RFC 4035 §5: a resolver that validates begins at a trust anchor; RFC 5011 §1: who entered it by hand must follow each
    change of the root's key by hand.

    Why: Every name is answered with SERVFAIL: mail waits in all queues, and what comes in is put off or refused.

    Fix: Unbound: `unbound-anchor -a FILE` (as the user unbound) for an auto-trust-anchor-file, in place of a trust-anchor-file
    that nothing updates; BIND: `dnssec-validation auto;` and `rndc managed-keys refresh`. `dig +cd NS .` answers, `dig NS .` must.
    """
    assert not rejected_root, rejected_root
