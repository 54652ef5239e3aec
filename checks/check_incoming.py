"""A stranger's test message through port 25 of each MX: it arrives, verified, and nothing passes with it (--allow sends_mail)."""

import pytest


@pytest.mark.critical
@pytest.mark.sends_mail
def check_arrives(lost_mail, policy):
    """Mail that a stranger hands to an MX arrives in its mailbox.

    RFC 5321 §6.1: a server that has taken a message must deliver it or report that it cannot.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Mail of others through this MX is lost, or returned; now and then only, as long as another MX takes its part.

    Fix: Follow it through the logs of this MX: its queue id is in the evidence; `postqueue -p` there, then the log of the
    mailbox server. A refusal names its reason: compare the tables of this MX with those of the others.
    """
    assert not lost_mail, f"{policy.canary_mailbox}: {lost_mail}"


@pytest.mark.medium
@pytest.mark.sends_mail
def check_verified(unnoted_results):
    """An MX whose filters verify senders notes what they found.

    RFC 8601 §1: results of authentication stand in the header for filters and mail programs behind.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Mail of this stranger was not examined at all: forgeries from there come in like any other mail.

    Fix: Find what passes the filter by: `postconf smtpd_milters smtpd_milter_maps` and the same of the smtp service in
    master.cf; lists of trusted clients (OpenDMARC IgnoreHosts, Rspamd local_addrs and settings); the filter's own log.
    """
    assert not unnoted_results, f"a stranger's message arrived without results of {', '.join(unnoted_results)}"


@pytest.mark.medium
@pytest.mark.sends_mail
def check_forged_results_removed(surviving_forgeries):
    """Results that a stranger has written in the MX's own name are taken out.

    RFC 8601 §5: a server must delete each Authentication-Results field that claims to be from within and is not.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Whoever heeds that name (OpenDMARC, filters, Sieve, mail programs) believes the forger's own "dkim=pass".

    Fix: OpenDKIM: `RemoveARAll yes` with AuthservID as the filters behind know it (by default it takes out dkim= alone);
    Rspamd: `authentication-results` in milter_headers, whose `remove` must stay 0; Exim: `header_remove` in the ACL.
    """
    assert not surviving_forgeries, f"still there: {' | '.join(surviving_forgeries)}"


@pytest.mark.medium
@pytest.mark.intrusive
@pytest.mark.sends_mail
def check_spam_caught(spam_fate):
    """Spam is refused, held back or marked.

    Policy mx_catches: filters act on what they find. GTUBE is what every filter takes for spam.

    Why: The filter is there and does not act: users get everything.

    Fix: Look for the message's queue id in the log of the MX: was the filter asked (milter, content_filter)? If so, what did
    it say, and what is to become of that (milter_default_action, actions, a list of clients or settings that spare some)?
    """
    assert spam_fate.caught, f"GTUBE came into the inbox unmarked, though {spam_fate.by} examines mail for spam"


@pytest.mark.high
@pytest.mark.intrusive
@pytest.mark.sends_mail
def check_virus_caught(virus_fate):
    """A virus is refused, held back or marked.

    Policy mx_catches: filters act on what they find. EICAR's test file is what every scanner takes for a virus.

    Why: Users get viruses, in the belief that a scanner keeps them out.

    Fix: See whether the scanner is asked (Rspamd: `rspamadm configdump antivirus` must not say `enabled = false`;
    clamav-milter and amavis in smtpd_milters or content_filter), and that its section says `action = "reject"`.
    """
    assert virus_fate.caught, f"EICAR's test file came into the inbox unmarked, though {virus_fate.by} is there"


@pytest.mark.medium
@pytest.mark.intrusive
@pytest.mark.sends_mail
def check_forgery_refused(forgery_fate):
    """A stranger's forgery in the name of an own domain with p=reject is refused, held back or marked.

    Policy mx_catches: filters act on what they find. RFC 9989 §7.4 leaves it to receivers what they do.

    Why: Others refuse what the own users get: a forgery that looks like a colleague's mail.

    Fix: OpenDMARC: `RejectFailures true`; Rspamd: `actions { reject = "reject"; }` in local.d/dmarc.conf; restart it.
    """
    found = forgery_fate
    assert found.caught, (
        f"it came into the inbox unmarked, though {found.by} verifies DMARC (noted: {found.noted or 'nothing'})"
    )
