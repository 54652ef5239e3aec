"""Outbound: a host that sends mail finds other servers' names and reaches their port 25."""

import pytest


@pytest.mark.critical
def check_resolver_answers(host_resolver):
    """The host's own resolver answers.

    RFC 5321 §5.1: a client looks up the MX and address records of a domain before it can send anything there.

    Why: Without names nothing leaves and much is refused: "Host or domain name not found" in the queue, lookups of clients
    and block lists that time out.

    Fix: `cat /etc/resolv.conf`, then ask each name server that it lists: `dig @ADDRESS example.org`; mend the list, or the
    server; Postfix's chroot has a copy of it in /var/spool/postfix/etc.
    """
    assert host_resolver.text, f"no answer for {' and '.join(host_resolver.names)} after {host_resolver.seconds} s"


@pytest.mark.medium
def check_resolver_prompt(prompt_resolver, policy):
    """The host's own resolver answers at once.

    Policy resolver_seconds: seconds within which the resolver answers.

    Why: Every connection waits for several lookups; when the first name server of resolv.conf is dead, each costs seconds.

    Fix: `cat /etc/resolv.conf`, ask each name server by itself (`dig @ADDRESS example.org`), take the dead one out.
    """
    seen = f"the answer took {prompt_resolver.seconds} s"
    assert prompt_resolver.seconds <= policy.resolver_seconds, seen


@pytest.mark.high
def check_no_route_discards(lost_companions):
    """No route of the host throws away what goes to the servers it works with, or leads it to where nobody is.

    ip-route(8): blackhole, unreachable, prohibit discard packets; `via` names a router, which must answer (RFC 826, RFC 4861);
    without `via` the whole network must be at the same cable.

    Why: Set against an attack, or for a line that was given up, and forgotten, or a prefix length that was mistyped:
    connections from there hang, mail to there waits until it is returned.

    Fix: `ip route del NETWORK` as the line shows it (`ip -6 route del …`), and out of where it is set at boot. Of a network
    that is too large: correct the prefix length of the address where it is set at boot (/etc/network/interfaces, netplan).
    """
    assert not lost_companions, "; ".join(lost_companions[:3])


@pytest.mark.critical
def check_router_answers(answers_way):
    """From every address that the host is known by, there is a way to the world, and the router on it is there.

    RFC 1812 §5.2.4: a host hands what is not at its own cable to a router; ARP (RFC 826) and RFC 4861 §7.2 find it there.

    Why: Who connects to that address gets no answer, and the host reaches nobody from it: often over one IP version alone,
    so that some clients wait a long time and others notice nothing.

    Fix: `ip route get 2001:db8::1 from ADDRESS`, `ip neigh`; correct the gateway (`ip route replace default via ROUTER`), and
    where it is set at boot: /etc/network/interfaces, netplan, the provider's panel.
    """
    assert not answers_way.trouble, answers_way.trouble


@pytest.mark.high
def check_neighbours_current(outdated_neighbours):
    """A hardware address that was entered by hand is that of the host's card.

    ip-neighbour(8): a permanent entry is valid until somebody removes it; neither ARP (RFC 826) nor neighbour discovery (RFC 4861)
    corrects it.

    Why: With a new card, or a virtual machine that was moved or made anew, packets go to a card that nobody has: mail between
    these hosts waits, while all others reach both.

    Fix: `ip neigh del ADDRESS dev DEVICE`, and out of where it is set at boot.
    """
    wrong = [f"{entry}: {other} has {card}" for entry, other, card in outdated_neighbours]
    assert not wrong, "; ".join(wrong[:3])


@pytest.mark.critical
def check_port25_open(outbound):
    """A host that sends mail itself reaches port 25 of other servers, over each IP version that it has.

    Policy outbound_to: servers whose port 25 is tried; by default the fleet's other servers.

    Why: Many providers block outbound port 25; all mail then waits in the queue with "Connection timed out".

    Fix: From the host `nc -v SERVER 25`. Local rules: `nft list chain inet filter output`; routes: `ip route get ADDRESS`;
    else ask the provider to open port 25, or send through a smarthost.
    """
    failed = [each for each in outbound if each.came_to != "greeting"]
    assert len(failed) < len(outbound), f"{'; '.join(str(each) for each in failed[:3])}"


@pytest.mark.high
def check_large_packets_leave(outbound_large):
    """Packets of full size reach the servers that the host sends to.

    RFC 4459 §2, RFC 8899: a tunnel or firewall on the way that drops large packets, and the ICMP messages that would say so,
    makes a black hole.

    Why: Connections are made and greetings come, and then messages hang in DATA, certificates and web pages never arrive: small
    mail goes, larger mail waits until it is returned.

    Fix: `ping -M do -s 1400 SERVER` from the host, with less until it answers; on the router let ICMP type 3 code 4 (ICMPv6
    type 2) pass and clamp: `nft … tcp flags syn tcp option maxseg size set rt mtu`; or net.ipv4.tcp_mtu_probing=1.
    """
    silent = [each for each in outbound_large if each.large.startswith("silent for ")]
    seen = "; ".join(
        f"{each.name} [{each.address}] greeted, then was {each.large} to a line that fills a packet"
        for each in silent[:3]
    )
    assert len(silent) < len(outbound_large), seen


@pytest.mark.critical
def check_smarthost_answers(smarthost_attempts, policy):
    """The smarthost that a host sends through takes its connections.

    Policy smarthost: the server that takes this host's outgoing mail.

    Why: All that the host sends, its own alarms among it, waits in its queue until the smarthost can be reached.

    Fix: From the host `nc -v SMARTHOST PORT`: its name, the way there, the firewalls of both, and the smarthost's daemon.
    """
    failed = [each for each in smarthost_attempts if each.came_to != "greeting"]
    assert len(failed) < len(smarthost_attempts), f"{policy.smarthost}: {'; '.join(str(each) for each in failed[:3])}"


@pytest.mark.critical
def check_smarthost_sends_on(smarthost_circle):
    """The server that a host hands all its mail to does not hand it back.

    RFC 5321 §6.3: mail loops are found by counting the Received header fields of a message.

    Why: Mail goes round between the servers until it has passed too many, and then returns to its sender: none gets out.

    Fix: Let one of them deliver by itself or through a server outside: relayhost (Postfix), the router's route_list (Exim),
    `action … relay host` (OpenSMTPD).
    """
    assert not smarthost_circle, f"mail goes round: {' → '.join(smarthost_circle)}"


@pytest.mark.high
def check_source_known(strange_source):
    """The host sends from the addresses that it is known by.

    RFC 7208 §2.4, RFC 1912 §2.1: SPF and reverse DNS are looked up for the address that a connection comes from.

    Why: That address has no PTR record and is in no SPF record: Gmail and others refuse the mail, over one IP version alone.

    Fix: `ip route get 2001:db8::25` shows the source; take the further address away (a privacy address: net.ipv6.conf.
    INTERFACE.use_tempaddr=0), or `postconf -e smtp_bind_address6=ADDRESS`, or publish it: mailassay_egress.
    """
    assert not strange_source, f"sends from {', '.join(strange_source)}, which is none of its addresses in the DNS"


@pytest.mark.high
def check_source_held(foreign_source):
    """The address that Exim or OpenSMTPD is told to send from is one of the host's.

    Exim spec, chapter 30, interface; OpenSMTPD smtpd.conf(5), src: the address that the connection is made from.

    Why: No connection can be made from an address of another host, or of the time before a move: nothing leaves.

    Fix: `ip address show`; write the present address, or take the option out (Exim: `interface` of the transport; OpenSMTPD: `src`
    of the action, then `smtpd -n` and a restart).
    """
    assert not foreign_source, f"not an address of this host: {foreign_source}"
