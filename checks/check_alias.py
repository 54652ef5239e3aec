"""Addresses that every mail server must have: somebody reads what is sent to them."""

import pytest


@pytest.mark.high
def check_postmaster_read(unread_names):
    """Mail to the host's postmaster reaches somebody.

    RFC 5321 §4.5.1: "Any system that includes an SMTP server supporting mail relaying or delivery MUST support the reserved mailbox "postmaster""

    Why: Whoever has trouble with our mail cannot tell us; lists of such servers are kept and used.

    Fix: `postmaster: root` and `root: PERSON@DOMAIN` in /etc/aliases, then `newaliases`.
    """
    assert "postmaster" not in unread_names, unread_names["postmaster"]


@pytest.mark.medium
def check_root_read(unread_root):
    """Mail to root reaches somebody.

    CIS Benchmarks: system mail is sent to a person who reads it.

    Policy root_mail: root's mail is read.

    Why: Failing cron jobs, full disks and dying RAIDs are reported there.

    Fix: `root: PERSON@DOMAIN` in /etc/aliases, then `newaliases`.
    """
    assert not unread_root, unread_root


@pytest.mark.medium
def check_abuse_read(unread_abuse):
    """Complaints about mail of a domain reach somebody.

    RFC 2142 §4: ABUSE is the mailbox for reports of inappropriate public behaviour.

    Why: Complaints that bounce end at block lists, and large receivers' feedback is lost.

    Fix: Give the domain an address abuse@DOMAIN in virtual_alias_maps (or `abuse: postmaster` in /etc/aliases), and read it.
    """
    assert not unread_abuse, unread_abuse


@pytest.mark.high
def check_virtual_ends(lost_aliases):
    """Every virtual alias leads to a mailbox.

    virtual(5), TABLE SEARCH ORDER: an alias is expanded again and again, until nothing is found.

    Why: Mail to the address is taken, and then returned to its sender, or put off until it expires.

    Fix: Let the alias name a mailbox that exists, then `postmap TABLE`; `postmap -q ADDRESS TABLE` follows it step by step.
    """
    assert not lost_aliases, "; ".join(lost_aliases[:3])


@pytest.mark.high
def check_catch_all_spares_users(hidden_mailboxes):
    """A catch-all takes the mail of nobody who has a mailbox.

    virtual(5), TABLE SEARCH ORDER: @DOMAIN matches every address in the domain that has no alias of its own.

    Why: Aliases are looked at before mailboxes: the users get nothing, and a stranger to them reads their mail.

    Fix: Give each mailbox an alias to itself (`user@example.net user@example.net`), or put the catch-all into
    virtual_mailbox_maps instead; then `postmap TABLE`.
    """
    assert not hidden_mailboxes, f"{'; '.join(hidden_mailboxes)} in the domain have no alias of their own"


@pytest.mark.high
def check_outgoing_addresses_kept(renamed_domains):
    """Mail leaves with its users' addresses.

    Postfix generic(5): smtp_generic_maps rewrites addresses, in headers too, when mail leaves by SMTP.

    Postfix postconf(5), masquerade_domains: hosts' names are cut off senders' addresses down to a domain in the list.

    Why: Answers go to addresses that nobody has, and SPF, DKIM and DMARC judge a domain that publishes nothing.

    Fix: Take the line out of the table in smtp_generic_maps (it was for a host without a domain of its own), postmap it;
    or take the domain out of masquerade_domains (`!DOMAIN` before it spares one), `postfix reload`.
    """
    assert not renamed_domains, "; ".join(renamed_domains[:3])


@pytest.mark.high
def check_rewriting_spares_users(rewritten_mailboxes):
    """No mailbox's address is rewritten to one that does not exist.

    canonical(5): canonical mapping is done before aliases and mailboxes are looked up, for every address.

    Why: Mail to these users is taken, and returned to its sender as to an unknown user, or refused.

    Fix: Take the rule out of recipient_canonical_maps or canonical_maps, or create the mailboxes that it leads to.
    """
    assert not rewritten_mailboxes, "; ".join(rewritten_mailboxes[:3])


@pytest.mark.medium
def check_reports_taken(report_address):
    """The addresses that DMARC and TLS-RPT records, and always_bcc, name for reports and copies exist.

    RFC 9989 §8: domain owners collect and analyse aggregate reports; RFC 8460 §3: rua names where TLS reports go.

    Why: Reports bounce, so that who sends in the domain's name stays unknown; where a copy bounces, each sender is told
    that the message did not arrive.

    Fix: Add the address to virtual_alias_maps (`dmarc@example.org postmaster@example.org`, `postmap TABLE`), or correct
    rua= in the record or always_bcc in main.cf.
    """
    assert report_address, "in none of the tables that say who gets mail here"


@pytest.mark.medium
def check_programs_there(alias_programs_lost):
    """Programs that aliases hand mail to are there, and not everybody can change them.

    aliases(5): what begins with a bar is a command that the mail server runs for each message.

    Why: Mail to such an address is returned; or somebody on the host puts a program of his own there, and sends a message to it.

    Fix: Take the line out of the file of aliases, or install the program where it says; `newaliases`. `chmod 755 PROGRAM`.
    """
    assert not alias_programs_lost, "; ".join(map(str, alias_programs_lost[:3]))
