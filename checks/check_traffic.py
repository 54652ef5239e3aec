"""Traffic: what the mail log tells of mail that came and went, and of those who tried passwords."""

import pytest


@pytest.mark.medium
def check_not_blamed(blamed, policy):
    """No class of receivers' replies blames us again and again.

    Policy log_refusals: replies of one class from which on they count.

    Why: Receivers say what they hold against us; nobody reads it, and more and more of them refuse.

    Fix: The evidence says what to do about this class of reply. `grep -E 'status=(bounced|deferred)' /var/log/mail.log`
    (Exim: `exigrep '(\\*\\*|==)' mainlog`) shows them all.
    """
    assert blamed.number < policy.log_refusals, f"{blamed}"


@pytest.mark.medium
def check_no_failure_of_our_own(own_failure, policy):
    """Nothing on this host keeps mail from being delivered again and again.

    Policy log_refusals: deliveries that failed for one reason from which on they count.

    Why: Mail waits or is returned, and no receiver has even been asked.

    Fix: The reason names the program, socket, table or mailbox; lines from before the last `postfix reload` (or restart of
    the daemon) are not counted.
    """
    assert own_failure.number < policy.log_refusals, f"{own_failure}"


@pytest.mark.low
def check_not_refused_by_them(others_refuse, policy):
    """No class of reply that lies with receivers or the network keeps much of our mail back.

    Policy log_refusals_of_others: replies of one class from which on they count; theirs_destinations: of how many receivers.

    Why: It is their affair, but our users ask us.

    Fix: The evidence says what to do about this class of reply; mostly it is to tell the senders.
    """
    widespread = others_refuse.domains > policy.theirs_destinations
    assert not widespread or others_refuse.number < policy.log_refusals_of_others, f"{others_refuse}"


@pytest.mark.low
def check_few_failed(delivery_attempts, policy):
    """Most of the mail arrives.

    Policy log_failed_percent: percent of messages that may be returned to their senders.

    Why: Old lists, forwarding of spam and stolen accounts show in returned mail first, then in block lists.

    Fix: `grep status=bounced /var/log/mail.log | sed 's/.*status=bounced//' | sort | uniq -c | sort -n | tail`.
    """
    assert delivery_attempts.failed_percent <= policy.log_failed_percent, f"{delivery_attempts}"


@pytest.mark.low
def check_few_deferred(delivery_attempts, policy):
    """Most of the mail arrives at the first try.

    Policy log_deferred_percent: percent of messages that may be put off.

    Why: Deferred mail is late mail, and after some days returned mail.

    Fix: `qshape deferred` says for whom it waits, `postqueue -p` why.
    """
    assert delivery_attempts.deferred_percent <= policy.log_deferred_percent, f"{delivery_attempts}"


@pytest.mark.medium
def check_strangers_not_put_off(turned_away, policy):
    """Nobody is put off because of trouble of our own.

    Policy log_refusals: replies from which on they count.

    Why: Other servers come again later and later, and after some days tell their users that we do not take mail.

    Fix: The reply names what fails: a table that cannot be asked, a filter, the disk; `grep 'reject:.* 4[0-9][0-9] '
    /var/log/mail.log`.
    """
    seen = f"{turned_away.ours} clients were put off for trouble of our own in {turned_away.window}"
    assert turned_away.ours < policy.log_refusals, f"{seen}: {turned_away.why}"


@pytest.mark.low
def check_few_rejected(turned_away, policy):
    """The share of mail that is refused is as usual.

    Policy log_rejected_percent: percent of what comes and goes that may be refused; log_enough: messages to judge by.

    Why: When nearly everything is refused, a restriction, a block list or a table mostly refuses too much.

    Fix: `grep -o 'reject:.*' /var/log/mail.log | cut -d';' -f1 | sort | uniq -c | sort -n | tail`.
    """
    seen = f"{turned_away.number} refused beside {turned_away.accepted} delivered in {turned_away.window}"
    usual = turned_away.number < policy.log_enough or turned_away.percent <= policy.log_rejected_percent
    assert usual, f"{turned_away.percent:.0f} %: {seen}"


@pytest.mark.medium
def check_guessing_stopped(one_guesser, policy):
    """Whoever guesses passwords is stopped.

    Policy log_guesses: logins that one address may fail in an hour.

    Why: With time enough every weak password is found, and then the account sends spam.

    Fix: fail2ban with the jails postfix-sasl and dovecot: `fail2ban-client status postfix-sasl`; now, by hand:
    `nft add rule inet filter input ip saddr ADDRESS drop`.
    """
    assert one_guesser.most <= policy.log_guesses, f"{one_guesser}"


@pytest.mark.low
def check_few_failed_logins(many_guessers, policy):
    """There is no storm of failed logins that nothing sees to.

    Policy log_failed_logins: logins that may fail in an hour, of all addresses, where no guard runs.

    Why: Guessers share the work among thousands of addresses, a few guesses each.

    Fix: Ask for a second factor or client certificates; block lists of guessers; keep port 25 without AUTH.
    """
    assert many_guessers.an_hour <= policy.log_failed_logins, f"{many_guessers}"


@pytest.mark.low
def check_volume_usual(hourly_volume, policy):
    """The last hour brought no more mail than the hours before.

    Policy log_jump: how many times as much as in the hours before (and 50 messages more) may go in an hour.

    Why: A stolen account or a loop shows here before any block list notices.

    Fix: `pflogsumm -d today /var/log/mail.log`: who sends? For a newsletter it is nothing.
    """
    limit = policy.log_jump * hourly_volume.usual + 50
    seen = (
        f"{hourly_volume.last} messages, beside {hourly_volume.usual:.0f} an hour in {hourly_volume.hours} hours before"
    )
    assert hourly_volume.last <= limit, seen


@pytest.mark.low
def check_prompt(delivery_delays, policy):
    """Mail that is delivered is delivered soon.

    Policy log_delay_seconds: seconds within which nine of ten messages are delivered.

    Why: People wait for codes and links that come by mail; after ten minutes these have expired.

    Fix: The four numbers of `delays=` in Postfix's log tell where the time goes: before the queue manager, in it, connecting,
    transmitting. A slow resolver, filter or disk, or receivers that greylist.
    """
    seen = f"half of {delivery_delays.number} messages took {delivery_delays.middle:.0f} s or more"
    late = f"a tenth {delivery_delays.tenth:.0f} s or more, in {delivery_delays.window}"
    assert delivery_delays.tenth <= policy.log_delay_seconds, f"{seen}, {late}"


@pytest.mark.medium
def check_within_plan(busiest_hour, policy):
    """The host sends no more in an hour than was planned for it.

    Policy sending_per_hour: recipients elsewhere in an hour, while an address is new, or where a provider limits it.

    Why: Receivers put off or refuse an address that sends much before they know it, and providers cut it off.

    Fix: Slow down the job that sends: `postconf -e smtp_destination_rate_delay=1s` for a while, or spread it over the day; or
    raise mailassay_sending_per_hour step by step.
    """
    assert busiest_hour <= policy.sending_per_hour, (
        f"{busiest_hour} in the busiest hour, planned are {policy.sending_per_hour}"
    )
