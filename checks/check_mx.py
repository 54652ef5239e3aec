"""MX records: where the world delivers a domain's mail."""

import pytest


@pytest.mark.critical
def check_exists(mx, domain):
    """The domain names the servers that take its mail, or says that it takes none.

    RFC 5321 §5.1: mail for a domain goes to the hosts of its MX records.

    Why: Without MX records mail goes to the domain's own address, which is a web server more often than not, or nowhere.

    Fix: Publish MX records that name your mail servers; for a domain that takes no mail `MX 0 .` (RFC 7505).
    """
    said = {"hosts": "MX records that name hosts", "null": "a null MX", "implicit": "no MX record, and an address",
            "none": "no MX record and no address"}  # fmt: skip
    seen = f"{domain.name} has {said.get(mx.state, mx.why or mx.state)}"
    assert mx.state in domain.is_a.mx, f"{seen}; it is a domain of the kind {domain.is_a.name}"


@pytest.mark.high
def check_set_sound(mx, domain):
    """The MX records make sense together.

    RFC 5321 §5.1: MX records name hosts by domain names, in order of preference.

    Why: Literal addresses, duplicates or a null MX beside others make senders behave each in its own way.

    Fix: Correct the records that are named.
    """
    assert not mx.problems, f"{domain.name}: {'; '.join(mx.problems)}"


@pytest.mark.high
def check_host_sound(mx_host, mx_unreachable):
    """Every MX names a host that exists, by its own name, at a public address.

    RFC 2181 §10.3: the value of an MX record must not be an alias.

    RFC 1918 §3, RFC 4193 §4: private addresses mean nothing outside; they are none for an MX beside others that are public.

    Why: Mail for that MX waits until senders give up, where it is the only one or all of them are so.

    Fix: Correct the MX record, or publish the host's addresses.
    """
    seen = [*mx_host.problems, *filter(None, [mx_unreachable])]
    assert not seen, f"{mx_host.name}: {'; '.join(seen)}"


@pytest.mark.critical
def check_hosts_ours(mx_hosts, domain, our_servers):
    """The MX records name our servers and nobody else's.

    Policy mx_ours: a hosted domain's mail goes to servers of the inventory.

    Why: Mail that goes to a stranger's server is read by strangers.

    Fix: Remove the record, or add the server to the inventory (mailassay_endpoints for names of load balancers).
    """
    named = [record.exchange for record in mx_hosts.records if record.exchange]  # a null MX is judged by itself
    strangers = [exchange for exchange in named if exchange.lower() not in our_servers]
    assert not strangers, f"{domain.name}: {', '.join(strangers)} is no server of this inventory"


@pytest.mark.high
def check_names_every_server(mx_hosts, domain):
    """Every server that receives for the domain is named by its MX records.

    Policy mx_ours: a hosted domain's mail goes to servers of the inventory.

    Why: A server that no MX names receives nothing, and is no help when another is away.

    Fix: Publish an MX record for the server, or take the domain out of its mailassay_domains.
    """
    named = {record.exchange.lower() for record in mx_hosts.records}
    wanted = [h.public_name for h in domain.mx_hosts if h.public_name and not h.policy.endpoints]
    missing = [name for name in wanted if name.lower() not in named]
    assert not missing, f"{domain.name}: no MX record names {', '.join(missing)}"


@pytest.mark.low
def check_over_ipv6(mx_hosts, domain):
    """A server for the domain's mail can be reached over IPv6.

    Policy mx_ipv6: hosted domains receive over IPv6 as well.

    Why: Senders in networks with IPv6 alone reach the domain through somebody else's translator, or not at all.

    Fix: Give an MX an AAAA record, once it listens there and its reverse DNS is right.
    """
    six = [host.name for host in mx_hosts.hosts if host.ip6]
    assert six, f"no MX of {domain.name} has an IPv6 address: {', '.join(host.name for host in mx_hosts.hosts)}"
