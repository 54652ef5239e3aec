"""Relaying: who may send mail through the host to anywhere, and whose mail it takes."""

import pytest


@pytest.mark.critical
def check_guarded(relaying):
    """Every SMTP service has a restriction that refuses to relay.

    Postfix postconf(5), smtpd_relay_restrictions: without reject_unauth_destination or another restriction that
    refuses, smtpd stops with a fatal error for every client.

    Why: Nobody gets a greeting: mail waits at its senders and is returned after some days.

    Fix: Postfix: `postconf -e 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated,
    reject_unauth_destination'`, and look for -o options of the service in master.cf.
    """
    assert relaying.guarded, "neither smtpd_relay_restrictions nor smtpd_recipient_restrictions refuses to relay"


@pytest.mark.critical
def check_closed(open_to):
    """No stranger may send mail through the host to somewhere else.

    RFC 2505 §2.1: an MTA MUST be able to restrict its use as a mail relay to those entitled to it.

    Why: An open relay is found within hours, sends millions of messages, and its addresses and domains are on block
    lists for weeks.

    Fix: Postfix: let `reject_unauth_destination` stand in smtpd_relay_restrictions, right after permit_mynetworks and
    permit_sasl_authenticated, and let no access table answer OK before it; see -o options in master.cf, too.
    """
    assert not open_to, f"may send to anywhere: {'; '.join(open_to[:3])}"


@pytest.mark.critical
def check_networks_narrow(too_wide):
    """Only declared or private networks may send through the host without a login.

    Policy trusted_networks: the networks whose hosts may relay; by default private ones, and public ones that are no
    wider than trusted_bits_ipv4 and trusted_bits_ipv6, as long as they do not hold the observer that the inventory names.

    Why: Everybody in a trusted network, or behind a proxy or a NAT that has an address in it, can send spam in your name.

    Fix: Postfix: `postconf -e 'mynetworks = 127.0.0.0/8 [::1]/128 …'` with the addresses that need it; declare them
    as mailassay_trusted_networks.
    """
    assert not too_wide, f"trusted without a login: {', '.join(too_wide)}"


@pytest.mark.critical
def check_domains_named(boundless_domains):
    """The lists of own domains hold own domains only.

    Postfix postconf(5), reject_unauth_destination: mail for a domain in relay_domains or the lists of local and
    virtual domains is the host's own, and is never refused as relaying.

    Why: With a pattern that matches every domain among them, strangers send through the host to anywhere.

    Fix: Name the domains one by one in mydestination, relay_domains, virtual_alias_domains, virtual_mailbox_domains.
    """
    assert not boundless_domains, f"matches domains of others: {', '.join(boundless_domains)}"


@pytest.mark.critical
def check_takes_own_mail(incoming):
    """The MX takes strangers' mail for its own users.

    RFC 5321 §3.6.2: mail for the server's own domains is what it is there to receive, whoever sends it.

    Why: Mail for the host's own users is refused, and lost to those whose senders do not try another way.

    Fix: Look at the restriction that is named, in main.cf and in -o options of the service in master.cf.
    """
    assert not incoming.stranger_refused, f"strangers' mail for own users is refused by {incoming.stranger_refused}"


@pytest.mark.high
def check_takes_own_servers_mail(own_server_refusal):
    """The MX takes what the site's other servers hand over for its users.

    Postfix SMTPD_ACCESS_README: tables of clients, HELO names and senders decide in the order of the restrictions.

    Why: What users write to each other is refused by their own MX, and returned to them.

    Fix: Let own servers pass before the restriction that is named: permit_mynetworks with their addresses in mynetworks,
    or an entry `NAME OK` in a table in front of it.
    """
    assert not own_server_refusal, f"refuses {'; '.join(own_server_refusal[:2])}"


@pytest.mark.high
def check_mail_handed_on(kept_domains):
    """A host without mailboxes hands its domains' mail on to the one that has them.

    Postfix ADDRESS_CLASS_README: virtual_transport and local_transport say who delivers mail of the host's domains.

    Why: Mail is written to this host's disk, where no mail program ever looks, or refused as to unknown users.

    Fix: `postconf -e 'virtual_transport=lmtp:inet:[MAILBOX HOST]:24'`, or take the domain out of the list that is named; or
    declare the role mailbox, if it keeps mail.
    """
    assert not kept_domains, f"{kept_domains}, and this host has no role mailbox"


@pytest.mark.high
def check_clients_may_send(client_refusal):
    """Hosts of the networks that a relay is for may send through it.

    Policy trusted_networks: the networks whose hosts may relay.

    Why: Everything that sends through it (applications, monitoring, other hosts) has its mail refused.

    Fix: Postfix: mynetworks; Exim: the host list that its ACL accepts (relay_from_hosts); OpenSMTPD: a rule
    `match from src <TABLE> for any action NAME`, and a listener without `auth` and `tls-require verify` (`auth-optional` asks
    nobody; programs that do log in get a listener of their own).
    """
    assert not client_refusal, f"a client there is refused: {client_refusal}"


@pytest.mark.critical
def check_next_hop_answers(next_hop):
    """The server that an own domain's mail is handed on to takes connections.

    transport(5): transport_maps names for a domain the server that its mail is sent to.

    Postfix sender_dependent_relayhost_maps: the server that mail of a domain's users is sent to.

    Why: Mail is accepted and nobody gets it: it waits in the queue, and after some days it is returned.

    Fix: `nc -v SERVER PORT` from this host: that server's daemon, its firewall, or its address in the table if it has moved.
    Then `postqueue -f`.
    """
    assert not next_hop.trouble, next_hop.trouble


@pytest.mark.medium
def check_routes_answer(routed_hop):
    """The servers that a table sends others' mail to, past their MX records, take connections.

    transport(5): what stands in transport_maps goes before the MX records of a domain.

    Why: A server was named for a migration, or because it could not be found at the time; it is gone, and mail to that one partner
    waits until it is returned, while the world reaches him.

    Fix: `dig MX DOMAIN`; take the line out of transport_maps (or correct it), `postmap FILE`, then `postqueue -s DOMAIN`.
    """
    assert not routed_hop.trouble, routed_hop.trouble


@pytest.mark.high
def check_users_may_send(submitting):
    """Users who logged in may send mail to anywhere.

    RFC 6409 §3.1: submission is there for mail that users send, to whichever domain.

    Why: Users get "relay access denied" or the like for every message.

    Fix: Postfix: let `permit_sasl_authenticated` stand before what refuses, in the lists of the submission services
    (-o smtpd_relay_restrictions=permit_sasl_authenticated,reject in master.cf).
    """
    assert not submitting.user_refused, f"users' mail is refused by {submitting.user_refused}"


@pytest.mark.high
def check_submission_needs_login(submitting):
    """The submission ports take no mail from those who did not log in.

    RFC 6409 §4.3: an MSA by default answers MAIL with an error unless the session was authenticated.

    Why: Whoever finds the port open sends spam to your users past the checks that port 25 makes.

    Fix: Postfix: `-o smtpd_client_restrictions=permit_sasl_authenticated,reject` for the service in master.cf.
    """
    assert submitting.stranger_refused, "mail for own users is taken without a login"


@pytest.mark.medium
def check_recipients_known(unknown_recipients):
    """Mail for users who do not exist is refused while its sender is still connected.

    RFC 5321 §6.2: a server that has accepted mail must deliver it or report the failure; spam has forged senders,
    so such reports go to those who never wrote.

    Why: The host sends bounces to forged addresses (backscatter), and gets listed for it; its queue fills with them.

    Fix: Postfix: give the domains' users in local_recipient_maps, virtual_mailbox_maps or relay_recipient_maps (no `static:`
    and no pattern that matches everything), or put `reject_unverified_recipient` behind reject_unauth_destination.
    """
    assert not unknown_recipients, "; ".join(unknown_recipients)


@pytest.mark.high
def check_no_domain_of_others_claimed(claimed_domains):
    """A host that receives no mail of a domain does not take that domain for its own.

    Postfix postconf(5), mydestination: domains whose mail is delivered to the accounts of this host; do not list domains
    of other hosts, and none that is in virtual_mailbox_domains.

    Why: Mail from this host to users of the domain (reports of cron to root among it) never leaves it: it is returned, or
    lies in /var/mail where nobody looks.

    Fix: `postconf -e 'mydestination = $myhostname, localhost.$mydomain, localhost' && postfix reload`; where $myhostname or
    /etc/mailname is the bare domain, give the host a name of its own.
    """
    said = (f"{name}, which {' and '.join(mx)} receive for" for name, mx in claimed_domains.items())
    assert not claimed_domains, f"mydestination holds {'; '.join(said)}"
