"""The name servers of a mail domain: enough of them, each answers, and all say the same."""

import pytest


@pytest.mark.medium
def check_two(zone_servers, zone_name):
    """The domain's zone has two name servers at least, at different addresses.

    RFC 1034 §4.1: a zone is served redundantly, by two name servers at least.

    Why: When the only one is away, mail to the domain waits, and mail from it is refused.

    Fix: Have a second server, in another network, serve the zone, and add it to the zone and to the registration.
    """
    addresses = {address for each in zone_servers.values() for address in each}
    enough = len(zone_servers) > 1 and len(addresses) > 1
    assert enough, f"{zone_name}: {', '.join(zone_servers) or 'no name server'} at {len(addresses)} addresses"


@pytest.mark.high
def check_answer(zone_served, zone_name):
    """Every name server of the domain answers for it, at each of its addresses.

    RFC 1912 §2.8: a name server that is named for a zone and does not serve it makes a lame delegation.

    Why: Resolvers wait for the dead one, or give up: some mail is late, some is refused, and nobody can repeat it.

    Fix: Start the server, open port 53 for UDP and TCP, have it load the zone; or take it out of the NS records.
    """
    assert not zone_served.trouble, f"{zone_served.where} {zone_served.trouble} ({zone_name})"


@pytest.mark.high
def check_answer_by_udp(asked_by_udp):
    """Name servers of our domains that answer over TCP answer over UDP as well.

    RFC 7766 §5: "All general-purpose DNS implementations MUST support both UDP and TCP transport."

    Why: Resolvers ask over UDP first, and many never otherwise: to most of the world the domain and its mail are gone, while
    whoever tries from nearby, or with a tool that uses TCP, sees nothing wrong.

    Fix: `dig +notcp @ADDRESS ZONE SOA` from outside; admit UDP port 53 in the server's firewall and at the border, where
    a filter against amplification may drop it: limit the rate of answers in the server instead (RRL).
    """
    seen = "over TCP alone, and no question over UDP, while other servers are heard over UDP"
    assert asked_by_udp.rcode, f"it answers the observer {seen}"


@pytest.mark.high
def check_agree(server_differences):
    """All name servers of the domain publish the same mail records.

    RFC 1034 §4.3.5: secondary servers follow the primary one.

    Why: What a receiver sees depends on the server that it happened to ask: mail is lost now and then.

    Fix: Look at the log of the server with the old data: transfers that fail (TSIG, port 53 TCP), a serial number that
    was not raised or went backwards.
    """
    assert not server_differences, f"{'; '.join(server_differences)}"


@pytest.mark.high
def check_agree_on_hosts(host_differences):
    """All name servers of the domain publish the same addresses and TLSA records of the mail exchangers in it.

    RFC 1034 §4.3.5: secondary servers follow the primary one.

    Why: Part of the world goes to an address where nobody is, or finds that the certificate does not match, and keeps its mail.

    Fix: Look at the log of the server with the old data: transfers that fail (TSIG, port 53 TCP), a serial number that
    was not raised or went backwards.
    """
    assert not host_differences, f"{'; '.join(host_differences)}"


@pytest.mark.low
def check_serials_equal(zone_serials):
    """All name servers of the domain have the same version of its zone.

    RFC 1912 §2.2: secondaries fetch the zone when its serial number rises.

    Why: A server that does not follow will one day be asked for a record that it does not have.

    Fix: Wait for as long as the zone's refresh time; then see why transfers fail.
    """
    equal = len(set(zone_serials.values())) == 1
    assert equal, f"serial numbers: {'; '.join(f'{where} {serial}' for where, serial in zone_serials.items())}"


@pytest.mark.medium
def check_delegated(delegation_differences):
    """The parent zone names the same name servers as the zone itself.

    RFC 1034 §4.2.2: the NS records at both sides of the cut should be the same.

    Why: A server that only one side knows is asked by some resolvers and not by others, also long after it was switched off.

    Fix: Correct the list at the registrar, or the NS records of the zone.
    """
    assert not delegation_differences, f"{'; '.join(delegation_differences)}"


@pytest.mark.low
def check_over_ipv6(zone_servers, zone_name):
    """A name server of the domain can be asked over IPv6.

    Policy name_servers_ipv6: zones are served over IPv6 as well.

    Why: Receivers in networks with IPv6 alone resolve the domain through somebody else's translator, or not at all.

    Fix: Give a name server an AAAA record, and let it listen there.
    """
    six = [address for each in zone_servers.values() for address in each if ":" in address]
    assert six, f"no name server of {zone_name} has an IPv6 address"


@pytest.mark.low
def check_transfers_refused(open_transfers, zone_name):
    """The name servers do not hand the whole zone to strangers.

    RFC 5936 §5: a server should provide means to restrict transfers to specific clients.

    Why: Every host that the zone names, also those that nobody links to, is told to whoever asks once.

    Fix: BIND: `allow-transfer { secondaries; };`, Knot: an `acl` with `action: transfer` for the secondaries alone,
    NSD: `provide-xfr:` with their addresses and keys.
    """
    assert not open_transfers, f"{', '.join(open_transfers)} gave {zone_name} to the observer (AXFR)"
