"""Milters and other filters: Postfix reaches every program that it hands mail to, and knows what to do without it."""

import pytest


@pytest.mark.high
def check_strangers_not_exempt(exempt_clients):
    """OpenDKIM and OpenDMARC take no large part of the Internet for the site's own.

    OpenDKIM opendkim.conf(5), InternalHosts, PeerList; OpenDMARC opendmarc.conf(5), IgnoreHosts.

    Why: Forged mail is not examined, or is signed with the site's own key: it arrives as if the site had written it.

    Fix: Keep only the site's own addresses in the list (`127.0.0.1`, `::1`, its networks), restart the filter.
    """
    assert not exempt_clients, "; ".join(exempt_clients[:3])


@pytest.mark.critical
def check_reachable(milter):
    """Postfix can reach every milter that it is told to ask.

    Postfix MILTER_README: where a milter cannot be asked, milter_default_action decides, by default against the client.

    Why: Senders are put off with "451 4.7.1 Service unavailable", or mail passes unsigned and unexamined.

    Fix: `postconf smtpd_milters non_smtpd_milters`; the socket must exist below Postfix's chroot (/var/spool/postfix), its
    folder and itself must be open to the user postfix (`usermod -a -G opendkim postfix`, then restart Postfix). A milter_protocol
    of an old HOWTO: `postconf -X milter_protocol`, `postfix reload`.
    """
    assert not milter.trouble, milter.trouble


@pytest.mark.critical
def check_policy_server_reachable(policy_server):
    """Postfix can reach every policy server that its restrictions ask.

    Postfix SMTPD_POLICY_README: without an answer the client gets "451 4.3.5 Server configuration problem".

    Why: All mail that comes to the restriction is put off.

    Fix: Start the policy service; a `unix:private/NAME` needs its spawn service in master.cf. Or let
    smtpd_policy_service_default_action say what to do without it.
    """
    assert not policy_server.trouble, policy_server.trouble


@pytest.mark.critical
def check_content_filter_reachable(content_filter):
    """Postfix can reach every content filter that mail must pass.

    Postfix FILTER_README: mail that cannot be handed to the filter stays in the queue, or its client is put off.

    Why: No mail is delivered any more.

    Fix: Start the filter (amavis, for example), and see that it listens where content_filter or smtpd_proxy_filter says.
    """
    assert not content_filter.trouble, content_filter.trouble


@pytest.mark.medium
def check_failure_seen_to(milter_failure, policy):
    """While a milter cannot be asked, mail waits, and does not pass it by.

    Postfix postconf(5), milter_default_action: tempfail puts the client off; accept goes on as if there were no milter.

    Policy milter_failure: what may become of mail meanwhile.

    Why: When the filter dies, spam and viruses come in, or own mail goes out unsigned, and nobody notices.

    Fix: `postconf -e milter_default_action=tempfail`, `postfix reload`; for one milter alone
    `{ inet:localhost:8891, default_action=tempfail }`.
    """
    assert milter_failure in policy.milter_failure, f"milter_default_action = {milter_failure}"


@pytest.mark.high
def check_asked_of_strangers(bypassed_milters):
    """Mail of strangers passes the milters.

    Postfix smtpd_milter_maps: settings by client address; DISABLE asks no milter for that client.

    Why: Spam and viruses come in unexamined, and nothing tells of it: smtpd_milters looks right.

    Fix: Keep in the table only the addresses that are meant, then `postfix reload`.
    """
    assert not bypassed_milters, f"no milter is asked for {', '.join(bypassed_milters)}"
