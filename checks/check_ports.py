"""Ports: what should listen listens, and what listens can be reached."""

import pytest


@pytest.mark.critical
def check_listening(port_listeners, port_gap, public_port):
    """A daemon listens on every mail port of the host's roles.

    Policy ports: the public ports of the host, where they differ from what its roles say.

    Why: Where nothing listens, every connection is refused and mail waits at the sender or is bounced.

    Fix: Postfix: enable the service's line in master.cf, then `postfix reload`; Dovecot: `service` and `inet_listener`
    of its protocol; then `systemctl status` of the unit.
    """
    why = f": {port_gap}" if port_gap else ""
    assert port_listeners, f"nothing listens on port {public_port.number}{why}"


@pytest.mark.critical
def check_held_by_mta(strange_holders, public_port):
    """Every public mail port is held by a mail server, or by a program that passes it on to one.

    Policy port_programs: the programs besides mail servers that may hold a mail port.

    Why: The mail server cannot start while another program holds its port, and who connects there talks to a stranger.

    Fix: `ss -ltnp 'sport = :25'` names the program and its process; end it (`kill PID`, or stop and disable the unit that
    started it: `systemctl status PID`), then start the mail server.
    """
    named = ", ".join(dict.fromkeys(f"{each.process} ({each.address})" for each in strange_holders))
    assert not strange_holders, f"port {public_port.number} is held by {named}"


@pytest.mark.critical
def check_not_loopback_only(port_listeners, loopback_reason, public_port):
    """A daemon that listens on a mail port does so where other hosts reach it.

    Policy ports: the public ports of the host.

    Why: A daemon bound to 127.0.0.1 serves this machine alone; to everybody else the port is refused.

    Fix: Postfix: `postconf -e inet_interfaces=all` and restart; Dovecot: `listen = *, ::`.
    """
    public = [listener for listener in port_listeners if not listener.loopback]
    why = f": {loopback_reason}" if loopback_reason else ""
    assert public or not port_listeners, f"port {public_port.number} listens on loopback addresses only{why}"


@pytest.mark.high
def check_served_on_each_version(unserved, public_port):
    """A mail port is served at every address that the host has and its name leads to, over IPv4 and IPv6.

    RFC 5321 §5.1: a client tries the addresses of a host in order; each of them should be one at which it is served.

    Why: Who comes by the other IP version is refused: some servers wait for their next try, and some clients give up.

    Fix: Postfix: `postconf -e inet_protocols=all inet_interfaces=all` and restart; Dovecot: `listen = *, ::`; a unit with
    RestrictAddressFamilies: `systemctl edit UNIT`; or take the address out of the DNS.
    """
    assert not unserved, f"port {public_port.number}: {unserved}"


@pytest.mark.critical
def check_no_proxy_awaited(awaited_header, public_port):
    """A port whose clients come straight to the host waits for no proxy's header.

    The PROXY protocol §2: the receiver must not try to guess whether the header is present or not.

    Policy endpoints: the load balancers that stand before the host.

    Why: The daemon says nothing until a header comes that nobody sends: every client hangs, and then gives up.

    Fix: Postfix: take smtpd_upstream_proxy_protocol (postscreen_…) out of main.cf or master.cf; Dovecot: `haproxy = yes` of
    the listener; OpenSMTPD: `proxy-v2` of the listen line. If there is a proxy, name it in mailassay_endpoints.
    """
    assert not awaited_header, f"port {public_port.number} waits for a proxy's header: {awaited_header}"


@pytest.mark.high
def check_clients_seen_as_themselves(client_seen_as):
    """The mail server sees strangers by their own addresses, and not by that of the router before it.

    RFC 7208 §4.1, RFC 5782 §1: SPF and block lists are asked about the address of the client that connects.

    Why: All the world is one address: SPF fails for everybody or nobody, no block list helps, one ban locks all out, and
    where the router's network is trusted the server relays for anybody.

    Fix: On the router: keep incoming connections to the mail ports out of source NAT (`masquerade` only for what leaves:
    `oifname "wan0" masquerade`), and forward ports by destination NAT alone.
    """
    assert not client_seen_as, f"the observer was seen as {client_seen_as}, the host's own router"


@pytest.mark.critical
def check_reachable(reached, endpoint):
    """Every public mail port takes connections from outside, on each of its addresses.

    RFC 5321 §4.3.2: "Normally, a receiver will send a 220 "Service ready" reply when the connection is completed."

    Why: Mail to a port that cannot be reached waits at the sender, and is returned after some days.

    Fix: Follow the path inwards: the daemon listens (`ss -ltn`), the host's firewall admits it, then routers,
    provider's filters and the address the DNS names.
    """
    assert reached == "connected", f"port {endpoint.port.number} from outside: {reached}"


@pytest.mark.high
def check_kept_from_strangers(answering):
    """Ports of databases, filters and administration take no connection from outside.

    Policy never_ports: ports that strangers must not reach, whatever serves there.

    Why: Many of these ask no password, or take one that is guessed in time: whoever connects reads the mail, trains the filter,
    or sends spam. Whatever makes it reachable (a container, a router) may not show in the host's own rules.

    Fix: Bind the service to 127.0.0.1; publish a container's port as `127.0.0.1:3306:3306`, since Docker's rules pass ufw; take
    the forwarding out of the router or load balancer. What is meant to be public: mailassay_open_ports.
    """
    assert not answering.port, (
        f"port {answering.port} takes the observer's connections at {', '.join(answering.addresses)}"
    )
