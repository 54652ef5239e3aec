"""Limits: how much one client, one user or one message may ask of the server, neither without end nor too little."""

import pytest


@pytest.mark.medium
def check_one_client_bounded(client_bound):
    """One client cannot take all connections of the server.

    Postfix postconf(5), smtpd_client_connection_count_limit: how many connections a client may have; half of all by default.

    Why: A single runaway server or attacker holds every connection, and everybody else's mail waits.

    Fix: Postfix: `postconf -X smtpd_client_connection_count_limit` (the default is 50), and look at -o options in
    master.cf. Exim: smtp_accept_max_per_host = 20, with smtp_accept_max above it.
    """
    seen = f"{client_bound.setting} is {client_bound.one or 'without limit'}, of {client_bound.all or 'any number of'} in all"
    assert client_bound.leaves_some, seen


@pytest.mark.high
def check_processes_enough(process_room, policy):
    """A service that others connect to serves several of them at once.

    Policy smtp_processes: clients that each SMTP service serves at once, at least.

    Why: One slow client keeps all others waiting for a greeting; they give up, and mail comes late or not at all.

    Fix: In master.cf, the column maxproc of that service: `-` for default_process_limit (100), `postfix reload`.
    """
    assert process_room == 0 or process_room >= policy.smtp_processes, (
        f"{process_room} at once, by maxproc in master.cf"
    )


@pytest.mark.high
def check_busy_senders_served(busy_limit, policy):
    """A big sender may connect as often as it needs to.

    Postfix TUNING_README: limits are for clients that run away; large providers send from few addresses, each with many
    connections.

    Policy busy_sender: connections, messages and recipients a minute that one client may have at least.

    Why: Large providers and our own relays are sent away with 421 or 450 "too many connections", and their mail is late.

    Fix: `postconf -e smtpd_client_connection_rate_limit=60 smtpd_client_recipient_rate_limit=300`, and
    smtpd_client_event_limit_exceptions = $mynetworks.
    """
    pairs = zip(busy_limit.items(), policy.busy_sender, strict=True)
    low = [f"{value} {name}s" for (name, value), least in pairs if 0 < value < least]
    assert not low, f"one client is allowed {', '.join(low)} a minute"


@pytest.mark.low
def check_strangers_bounded(stranger_rates):
    """An MX takes only so much from one stranger in a minute.

    Postfix TUNING_README: anvil counts connections, messages and recipients of each client; all limits are off by default.

    Policy stranger_rates: strangers' mail is counted.

    Why: One infected machine keeps every process busy, and tries a whole dictionary of recipients.

    Fix: `postconf -e smtpd_client_connection_rate_limit=60 smtpd_client_recipient_rate_limit=300`, or postscreen.
    """
    assert stranger_rates, "no rate is limited, and no policy server, postscreen or Rspamd counts"


@pytest.mark.medium
def check_guessing_bounded(guess_limit):
    """Whoever guesses passwords is slowed down or shut out.

    Postfix postconf(5), smtpd_client_auth_rate_limit: how many AUTH commands a client may send in a minute; 0 is no limit.

    Policy guess_limit: guessing is limited here; false where a firewall or a proxy in front of the host sees to it.

    Why: Passwords are tried day and night; without a limit the weak ones are found, and then send spam.

    Fix: `postconf -e smtpd_client_auth_rate_limit=10`, and fail2ban with its jails postfix-sasl and dovecot.
    """
    assert guess_limit, "neither a limit of logins nor a guard such as fail2ban is there"


@pytest.mark.medium
def check_users_bounded(user_rates):
    """A user sends only so much in a minute.

    Postfix postconf(5), smtpd_client_message_rate_limit: how many messages a client may send in a minute; 0 is no limit.

    Policy user_rates: users' mail is counted.

    Why: A stolen password sends a hundred thousand messages in the night; block lists follow within the hour.

    Fix: For submission and submissions in master.cf: `-o smtpd_client_message_rate_limit=60
    -o smtpd_client_recipient_rate_limit=300`; by user and day: a policy server, or Rspamd's ratelimit.
    """
    assert user_rates, "no rate is limited, and no policy server or Rspamd counts"


@pytest.mark.medium
def check_recipients_enough(most_recipients):
    """A message may have a hundred recipients.

    RFC 5321 §4.5.3.1.8: "The minimum total number of recipients that MUST be buffered is 100 recipients."

    Why: Mail to many of our users is put off piece by piece, and some senders give up.

    Fix: Postfix: `postconf -X smtpd_recipient_limit` (the default is 1000); Exim: recipients_max; OpenSMTPD:
    smtp limit max-rcpt.
    """
    assert most_recipients == 0 or most_recipients >= 100, f"at most {most_recipients} recipients"


@pytest.mark.medium
def check_size_bounded(largest_message, policy):
    """A message may be as large as people expect, and not larger than the host can bear.

    Policy message_size: least and most octets that a message may have.

    Why: Usual attachments are refused; or a few huge messages fill the disk, for which everybody's mail then waits.

    Fix: Postfix: `postconf -e message_size_limit=52428800`; Exim: message_size_limit = 50M; OpenSMTPD:
    smtp max-message-size "50M".
    """
    least, most = policy.message_size
    seen = f"a message may have {largest_message or 'any number of'} octets"
    assert least <= largest_message <= most, seen


@pytest.mark.high
def check_mailboxes_hold_message(small_mailboxes):
    """A mailbox may be larger than a message.

    Postfix postconf(5), mailbox_size_limit: must not be smaller than message_size_limit.

    Why: Postfix's delivery agent ends with a fatal error: all mail for mailboxes stays in the queue.

    Fix: `postconf -e mailbox_size_limit=0 virtual_mailbox_limit=0`, or larger than message_size_limit.
    """
    assert not small_mailboxes, "; ".join(small_mailboxes)


@pytest.mark.medium
def check_quotas_hold_message(small_quotas):
    """A user's quota is larger than a message.

    Policy message_size: least octets that a message may have.

    Why: A message that was taken, and that no quota admits, is returned to its sender, whatever the user deletes.

    Fix: Dovecot 2.4: quota_storage_size = 1G (or storage_size in the quota block); 2.3: quota_rule = *:storage=1G;
    then `doveadm reload`.
    """
    assert not small_quotas, f"{'; '.join(small_quotas)}: less than one large message"


@pytest.mark.medium
def check_user_sessions_enough(user_sessions, policy):
    """A user's programs may have as many sessions as they open.

    Dovecot, mail_max_userip_connections: how many IMAP sessions a user may have from one address.

    Policy user_sessions: how many at least.

    Why: Mail programs open several sessions, and a family or an office shares one address: some folders stay empty, with
    "Maximum number of connections exceeded".

    Fix: mail_max_userip_connections = 20 (in `protocol imap`, too, if it is set there), then `doveadm reload`.
    """
    assert user_sessions >= policy.user_sessions, f"one user may have {user_sessions} from one address"


@pytest.mark.high
def check_sessions_enough(sessions_at_once, policy):
    """Enough users may be logged in at the same time.

    Dovecot, service limits: process_limit, times client_limit where a process serves more than one client.

    Policy sessions_at_once: how many at least.

    Why: Whoever comes later waits, and gives up with a timeout, though nothing is down.

    Fix: Raise process_limit of the service that is named (client_limit where service_count is not 1), `doveadm reload`.
    """
    assert sessions_at_once >= policy.sessions_at_once, f"it holds {sessions_at_once} sessions"


@pytest.mark.high
def check_offices_served(office_limits, policy):
    """All users behind one address may log in and send as often as they need to.

    Postfix anvil_rate_time_unit: the time over which clients' connections, logins and messages are counted.

    Policy office_rate: logins, connections, messages and recipients an hour that one address may have at least.

    Why: By noon a whole office is locked out ("450 4.7.1 Error: too many AUTH commands"), and next morning it works again.

    Fix: `postconf -e anvil_rate_time_unit=60s`, or raise the smtpd_client_*_rate_limit of the service.
    """
    low = {what: number for what, number in office_limits.items() if number < policy.office_rate}
    assert not low, f"one address is allowed {', '.join(f'{number} {what}' for what, number in low.items())} an hour"
