"""The SMTP dialogue as anybody on the Internet sees it."""

import pytest


@pytest.mark.critical
def check_greets(greeting):
    """The mail server greets with 220.

    RFC 5321 §3.1: "An SMTP session is initiated when a client opens a connection to a server and the server responds
    with an opening message."

    Why: Without a greeting no mail can be handed over; senders wait five minutes, then try again for days.

    Fix: Look at the mail log while connecting; a 421 or 554 greeting names its reason, silence is a full process
    table, a hanging lookup (DNS, policy service) or a proxy without a backend.
    """
    assert greeting.code == 220, f"greeted with: {greeting}"


@pytest.mark.medium
def check_greets_by_name(greeting_name, server_names):
    """The greeting begins with the server's own fully-qualified name.

    RFC 5321 §4.2: the 220 code is followed by the server's fully-qualified domain name.

    Policy hostname: the public name of the host.

    Why: Senders log that name and some compare it with DNS; a server that calls itself localhost detects no mail loops.

    Fix: Postfix: `postconf -e myhostname=NAME smtpd_banner='$myhostname ESMTP'`; Exim: primary_hostname; a firewall that
    rewrites SMTP shows as asterisks here and must stop doing so.
    """
    said = greeting_name.lower().rstrip(".")
    assert said in server_names, f"it calls itself {greeting_name!r}, not {' or '.join(sorted(server_names))}"


@pytest.mark.low
def check_greeting_discreet(greeted, greeted_version):
    """The greeting tells no version of the software.

    Policy greeting_discreet: greetings tell no version.

    Why: Whoever scans for a vulnerable version finds the server without trying.

    Fix: Postfix: `postconf -e 'smtpd_banner=$myhostname ESMTP'`; Exim: smtp_banner; Sendmail: SmtpGreetingMessage.
    """
    assert not greeted_version, f"it tells {greeted_version!r}: {greeted.text}"


@pytest.mark.critical
def check_answers_ehlo(ehlo_reply):
    """The server answers EHLO with 250.

    RFC 5321 §4.1.1.1: a server that supports service extensions answers EHLO with 250 and what it offers.

    Why: Without EHLO there is no STARTTLS and no SIZE; some senders give up.

    Fix: The reply names the reason; often a HELO restriction that refuses names it should not, or a firewall that
    rewrites SMTP ("fixup", "inspection"): switch that off.
    """
    assert ehlo_reply.code == 250, f"EHLO was answered with: {ehlo_reply}"


@pytest.mark.critical
def check_large_packets_arrive(lost_line):
    """Packets of full size reach the server, or their sender is told that they are too large.

    RFC 2923 §2.1: without "packet too big" a connection opens, and hangs once there is more to send than fits.

    Why: Greeting and small messages pass; larger ones hang until they time out, hour after hour, and are returned.

    Fix: On the way to the server: let ICMP "fragmentation needed" and ICMPv6 "packet too big" pass, or clamp the MSS
    (`nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu`) before the tunnel or line.
    """
    assert not lost_line, f"a line that fills a packet of 1500 octets gets no answer ({lost_line}); short ones do"


@pytest.mark.low
def check_ehlo_by_name(ehlo_name, server_names):
    """The reply to EHLO begins with the server's own name, as the greeting does.

    RFC 5321 §4.1.1.1: the first line of the reply to EHLO gives the server's own name.

    Policy hostname: the public name of the host.

    Why: The name goes into error reports and traces; two names for one server lead whoever reads them astray.

    Fix: Postfix: `postconf -M` and `postconf -P` show a myhostname of its own for the service; Exim: primary_hostname.
    """
    said = ehlo_name.lower().rstrip(".")
    assert said in server_names, f"EHLO is answered as {ehlo_name!r}, not as {' or '.join(sorted(server_names))}"


@pytest.mark.low
def check_replies_well_formed(malformed_replies):
    """Replies are well-formed: printable ASCII, one code, and no line longer than 512 octets.

    RFC 5321 §4.2.1: all lines of a reply begin with the same code.

    RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, its code and line end included.

    RFC 2034 §4: an enhanced status code is of the class that the reply's first digit tells; "550 4.7.1" is not.

    Why: Senders cut or misread what they did not expect, and may give up.

    Fix: Shorten the text that somebody put there: a banner, a reject footer, a milter's reply, an access table.
    """
    assert not malformed_replies, f"{'; '.join(malformed_replies)}"


@pytest.mark.low
def check_says_goodbye(goodbye):
    """QUIT is answered with 221.

    RFC 5321 §4.1.1.10: the receiver must send 221 and then close the connection.

    Why: Senders that wait for it keep connections open, and some send their message again.

    Fix: Something in front of the server cuts or rewrites the dialogue: a proxy, a firewall's inspection, a command filter
    (Postfix: `postconf smtpd_command_filter`).
    """
    assert goodbye.code == 221, f"QUIT was answered with: {goodbye}"


@pytest.mark.medium
def check_alike_on_both_versions(version_differences):
    """The server is the same over IPv4 and over IPv6.

    RFC 5321 §5.1: senders take whichever address they prefer; each must lead to the same service.

    Why: What works from one provider fails from the next, and nobody can see why.

    Fix: Look for a listener, a proxy or a port forwarding that exists for one version only: `ss -ltnp`, `postconf -M`.
    """
    assert not version_differences, f"{'; '.join(version_differences)}"


@pytest.mark.low
def check_helo_required(mail_before_ehlo):
    """MAIL is refused before EHLO.

    RFC 5321 §4.1.4: a session must begin with EHLO or HELO; a server may refuse mail with 503 where it did not.

    RFC 3207 §4.2: the server forgets an EHLO that came before TLS.

    Policy helo_required: clients must say EHLO.

    Why: Much spam comes from programs that skip EHLO; without it, HELO restrictions have nothing to look at.

    Fix: Postfix: `postconf -e smtpd_helo_required=yes`; Exim: an ACL that denies where $sender_helo_name is empty.
    """
    assert not mail_before_ehlo.accepted, f"MAIL without EHLO was answered with: {mail_before_ehlo}"


@pytest.mark.medium
def check_vrfy_silent(vrfy):
    """VRFY does not tell which users exist.

    RFC 5321 §7.3: a site may disable VRFY for reasons of security; 252 says neither yes nor no.

    Policy vrfy_silent: VRFY tells nothing.

    Why: Spammers and guessers of passwords collect valid names at no cost and without a trace in most logs.

    Fix: Postfix: `postconf -e disable_vrfy_command=yes`; Sendmail: PrivacyOptions goaway; Exim: no acl_smtp_vrfy.
    """
    tells = vrfy.code in (250, 251, 550, 551, 553) or (vrfy.code == 252 and vrfy.text.lower().startswith("postmaster"))
    assert not tells, f"VRFY postmaster was answered with: {vrfy}"


@pytest.mark.critical
def check_not_in_trouble(own_trouble):
    """The server does not put all mail off because of trouble of its own.

    RFC 5321 §4.2.2: 451 "Requested action aborted: local error in processing", 452 "insufficient system storage".

    Why: Every sender tries again for days and then gives up; nobody is told at once.

    Fix: The log of the same minute names it: no room for the queue (`df -h /var/spool`), a table or a filter that does not
    answer, a restriction with a mistake (`postfix check`).
    """
    assert not own_trouble, f"mail is put off: {own_trouble}"


@pytest.mark.high
def check_takes_null_sender(null_sender):
    """Mail from the empty sender is taken.

    RFC 5321 §4.5.5: delivery reports and other notices are sent with an empty reverse-path; §6.1 relies on it.

    Why: Your users never learn that their mail was not delivered, and some receivers refuse mail of domains that do so.

    Fix: Find the sender restriction that refuses `<>`: an access table, a milter, a content filter.
    """
    assert not null_sender.refused, f"mail from <> was answered with: {null_sender}"


@pytest.mark.critical
def check_takes_its_domains(domain_unknown_here, null_sender):
    """A server takes mail for every domain that is hosted behind it.

    RFC 5321 §5.1: whoever sends to a domain takes the hosts of its MX records for those that accept its mail.

    Why: Each message that comes this way is returned at once, although another server of the domain would have taken it.

    Fix: Postfix: add the domain to virtual_mailbox_domains, relay_domains or mydestination, as on the other servers; Exim:
    to the domain list of its acl_smtp_rcpt; OpenSMTPD: a `match … for domain`. Or take the server out of its MX records.
    """
    assert not domain_unknown_here, f"answered with: {domain_unknown_here}"


@pytest.mark.high
def check_accepts_postmaster(postmaster_taken, null_sender):
    """Mail to the postmaster of every hosted domain is taken.

    RFC 5321 §4.5.1: a server that relays or delivers mail supports the mailbox postmaster for its domains.

    Why: Those who see your server misbehave cannot tell you; they block it instead.

    Fix: Postfix: an alias for postmaster in virtual_alias_maps or /etc/aliases, then `postmap` or `newaliases`.
    """
    assert postmaster_taken.accepted, f"answered with: {postmaster_taken}"


@pytest.mark.medium
def check_accepts_abuse(abuse_taken, null_sender):
    """Mail to abuse is taken for every hosted domain.

    RFC 2142 §4: abuse is the mailbox for inappropriate public behaviour.

    Why: Whoever is hurt by one of your accounts has nobody to tell; he tells block lists instead.

    Fix: Postfix: an alias for abuse in virtual_alias_maps or /etc/aliases, then `postmap` or `newaliases`.
    """
    assert abuse_taken.accepted, f"answered with: {abuse_taken}"


@pytest.mark.high
def check_refuses_unknown_users(unknown_user):
    """Mail for users who do not exist is refused while its sender is still connected.

    RFC 5321 §6.2: mail that was accepted must be delivered or returned; spam has forged senders.

    Why: The server sends bounces to people who never wrote (backscatter), and gets listed for it.

    Fix: Give the server the list of users (relay_recipient_maps, virtual_mailbox_maps), or let it ask the next server
    with `reject_unverified_recipient`. A domain that takes every address on purpose: name it in mailassay_catch_all.
    """
    assert not unknown_user.accepted, f"answered with: {unknown_user}"


@pytest.mark.low
@pytest.mark.intrusive
def check_helo_validated(nameless_client):
    """A client that greets with a name that cannot be one is refused.

    RFC 5321 §4.1.1.1: the argument of EHLO is a domain name or an address literal; a server may answer others with 501.

    Policy helo_validated: names that cannot be one are refused.

    Why: Hardly a mail server sends such a name, and many programs of spammers do.

    Fix: Postfix: `reject_invalid_helo_hostname` in smtpd_helo_restrictions; Exim: leave helo_allow_chars and
    helo_accept_junk_hosts empty.
    """
    assert not nameless_client.accepted, f"EHLO -no_name-, and mail for a user was answered with: {nameless_client}"


@pytest.mark.critical
@pytest.mark.intrusive
@pytest.mark.sends_mail
def check_false_ends_ignored(false_end):
    """Nothing but CRLF.CRLF ends a message.

    RFC 5321 §4.1.1.4: "In particular, the sequence <LF>.<LF> (bare line feeds, without carriage returns) MUST NOT be treated
    as equivalent to <CRLF>.<CRLF> as the end of mail data indication."

    Policy canary_mailbox: the mailbox that the messages are for; a server that is in order never takes them.

    Why: Strangers smuggle a second message in somebody else's name past SPF and DMARC (CVE-2023-51764 and others).

    Fix: Postfix: `postconf -e smtpd_forbid_bare_newline=normalize`; Exim: 4.97.1 or newer; Sendmail: SrvFeatures O.
    """
    assert not false_end.accepted, f"data that ended in {false_end.end} was answered with: {false_end.reply}"
