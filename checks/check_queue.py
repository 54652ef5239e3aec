"""Queue: mail on its way moves, and what waits, waits for a reason that somebody knows."""

import pytest


@pytest.mark.high
def check_readable(queue_listing):
    """The mail server can list its queue.

    RFC 5321 §4.5.4.1: mail that cannot be sent at once is queued and tried again; somebody must be able to see it.

    Why: A queue that cannot be listed cannot be watched, and mostly is one that does not work.

    Fix: `postqueue -p` (Exim: `exim -bp`; OpenSMTPD: `smtpctl show queue`) says why; `postfix check`, `postfix start`.
    """
    assert not queue_listing.trouble, f"{queue_listing.trouble}"


@pytest.mark.high
def check_moves(queue_folders, policy):
    """The queue manager picks up what is submitted, and tries again what is due.

    Policy queue_overdue_minutes: minutes for which a message may be due and not have been tried.

    Why: Mail lies in the queue, and no reason is given for it, because nobody works on it.

    Fix: `postfix status`; `ps -ef | grep -E 'qmgr|pickup'`; the log's lines of qmgr and pickup; `postqueue -f` tries all.
    """
    seen = ", ".join(f"{number} in {name}" for name, number in queue_folders.not_moving.items())
    assert not queue_folders.not_moving, (
        f"due for more than {policy.queue_overdue_minutes} minutes and not tried: {seen}"
    )


@pytest.mark.medium
def check_destination_moves(wait_for_us, policy, clock):
    """Mail for every destination gets out, as far as it lies with us.

    Policy queue_stuck_hours: hours that mail may wait for one destination, if there is much of it.

    Why: After some days it is returned to the senders, who believed it delivered.

    Fix: The reason says on which side: `postqueue -p | grep -A3 DOMAIN`, `postmap -q DOMAIN` of transport_maps and
    `relayhost` for a way that is no more; then `postqueue -s DOMAIN`.
    """
    hours = wait_for_us.hours(clock)
    seen = f"{wait_for_us.recipients} recipients, the oldest for {hours:.0f} hours: {wait_for_us.means}"
    assert hours <= policy.queue_stuck_hours, f"{seen} (side: {wait_for_us.side}): {wait_for_us.text}"


@pytest.mark.low
def check_receivers_take_mail(wait_for_them, policy, clock):
    """No receiver keeps much of our mail waiting.

    Policy queue_stuck_hours: hours that mail may wait for one destination, if there is much of it.

    Why: It is their affair, but our users ask us.

    Fix: Nothing here; tell the senders, or the receiver's postmaster.
    """
    hours = wait_for_them.hours(clock)
    seen = f"{wait_for_them.recipients} recipients, the oldest for {hours:.0f} hours: {wait_for_them.means}"
    assert hours <= policy.queue_stuck_hours, f"{seen}: {wait_for_them.text}"


@pytest.mark.low
def check_age(queue_oldest, policy):
    """No message waits longer than mail is tried.

    Policy queue_days: days that a message may wait; RFC 5321 §4.5.4.1 asks for four to five.

    Why: A sender who hears nothing for a week believes that the mail arrived.

    Fix: `postconf maximal_queue_lifetime bounce_queue_lifetime`; 5d is the default.
    """
    assert queue_oldest <= policy.queue_days, f"the oldest message has waited for {queue_oldest:.1f} days"


@pytest.mark.low
def check_length(queue_total, policy):
    """The queue is no longer than is usual here.

    Policy queue_messages: messages that may wait.

    Why: A long queue delays every message in it, and tells of a flood or of a destination that is away.

    Fix: `qshape deferred` (or `postqueue -j`) tells for whom it waits.
    """
    assert queue_total.number <= policy.queue_messages, f"messages that wait: {queue_total}"


@pytest.mark.low
def check_states_short(queue_state):
    """Messages stay for a moment only where they are submitted, received and being delivered.

    Policy queue_incoming, queue_active: messages that may be in maildrop and incoming, and in active (Postfix: at most
    qmgr_message_active_limit, 20000).

    Why: A full incoming queue is a queue manager, a filter or a disk that cannot keep up; a full active queue delays all mail.

    Fix: `qshape incoming active`; the log's `delays=a/b/c/d`: b is the time in the queue manager.
    """
    assert queue_state.messages <= queue_state.most, f"{queue_state.messages} messages in {queue_state.name}"


@pytest.mark.low
def check_not_growing(queue_growth, policy):
    """The queue does not grow hour by hour.

    Policy queue_growth: messages an hour by which it may grow, once it holds as many.

    Why: A queue that grows all day is full tomorrow.

    Fix: `qshape deferred` and `postqueue -p` tell for whom it waits, and why.
    """
    seen = f"{queue_growth.messages} messages, {queue_growth.an_hour:.0f} more an hour, over {queue_growth.hours:.0f} hours"
    short = queue_growth.messages < policy.queue_growth or queue_growth.hours < 1
    assert short or queue_growth.an_hour <= policy.queue_growth, seen


@pytest.mark.low
def check_few_bounces(queued_bounces, policy):
    """Most of what waits is mail, and not notices that could not be delivered.

    Policy queue_bounce_percent: percent of the queue that may have the empty sender; queue_enough: messages to judge by.

    Why: Notices to forged senders are backscatter: they hit strangers, and block lists count them.

    Fix: Refuse unknown recipients and spam while the sender is connected, instead of returning it: `relay_recipient_maps`,
    `smtpd_recipient_restrictions`, a milter instead of a filter behind the queue.
    """
    few = queued_bounces.of < policy.queue_enough or queued_bounces.percent <= policy.queue_bounce_percent
    assert few, f"{queued_bounces.number} of {queued_bounces.of} messages have the empty sender"


@pytest.mark.low
def check_no_recipient_flooded(flooded_recipient, policy):
    """No single recipient fills the queue.

    Policy queue_recipient_percent: percent of all recipients that one may be; queue_enough: messages to judge by.

    Why: A loop, a forgotten cron job or an attack on one mailbox, and everybody else's mail waits behind it.

    Fix: `postqueue -j` names it; remove what sends it, then `postsuper -d` the messages.
    """
    share = flooded_recipient
    few = share.number < policy.queue_enough or share.percent <= policy.queue_recipient_percent
    assert few, f"{share.number} of {share.of} recipients are {share.what}"


@pytest.mark.low
def check_side_queues_empty(side_queue, policy):
    """Filters and list managers do not keep mail of their own for ever.

    Policy side_queue_files: files that such a folder may hold; side_queue_days: days after which they count as old.

    Why: Nobody looks there: it is mail that somebody waits for, or a quarantine that fills the disk.

    Fix: See what the folder's program says in its log; empty a quarantine by a timer: `find FOLDER -mtime +30 -delete`.
    """
    seen = f"{side_queue.files} files, {side_queue.old} of them older than {policy.side_queue_days:.0f} days"
    fine = side_queue.files <= policy.side_queue_files and not side_queue.old
    assert fine, seen


@pytest.mark.medium
def check_no_flood(queue_flood, policy):
    """No single sender fills the queue with mail for many domains.

    Policy queue_flood: messages of one sender that may wait, if they are for ten domains or more.

    Why: This is what a stolen account or a broken web form looks like; block lists follow within the hour.

    Fix: Change the account's password, end its sessions, then delete its mail: `postqueue -j` for the ids, `postsuper -d`.
    """
    seen = f"{queue_flood.messages} messages of {queue_flood.sender} wait, for {queue_flood.domains} domains"
    assert queue_flood.messages < policy.queue_flood or queue_flood.domains < 10, seen


@pytest.mark.medium
def check_nothing_held(held, policy):
    """Nothing stays on hold (frozen, in Exim's word).

    Policy queue_held_hours: hours that a message may be on hold.

    Why: Held mail is never tried again and never returned: it waits until somebody remembers.

    Fix: `postqueue -p` marks it with `!`; look at it with `postcat -q ID`, then `postsuper -H ID` to release or `-d ID` to
    delete; Exim: `exim -Mt ID`, `exim -Mrm ID`.
    """
    assert not held, f"{len(held)} messages have been on hold for more than {policy.queue_held_hours} hours"


@pytest.mark.medium
def check_none_corrupt(queue_folders):
    """No message was set aside as corrupt.

    RFC 5321 §6.1: a server that took a message must deliver it or report its failure.

    Why: It was accepted, and neither its sender nor its recipient will hear of it again.

    Fix: The files in /var/spool/postfix/corrupt: `postcat FILE`; send them again by hand; look for a full or broken disk.
    """
    number = queue_folders.files.get("corrupt", 0)
    assert not number, f"{number} corrupt messages"


@pytest.mark.high
def check_retried_for_days(days_of_retries, policy):
    """Mail that cannot be delivered at once is tried again for days.

    RFC 5321 §4.5.4.1: the give-up time generally needs to be at least four to five days.

    Policy retry_days: days for which mail is tried again.

    Why: Whenever a receiver greylists, is busy or is down for an hour, your users' mail comes back to them.

    Fix: Postfix: `postconf -X maximal_queue_lifetime` (5d by default), `postfix reload`; Exim: a rule such as
    `* * F,2h,15m; G,16h,1h,1.5; F,4d,6h` after `begin retry`; OpenSMTPD: `queue ttl 4d`.
    """
    assert days_of_retries >= policy.retry_days, f"mail is returned after {24 * days_of_retries:.2g} hours"


@pytest.mark.high
def check_nothing_empties_it(queue_emptiers):
    """No timer and no cron job deletes the mail that waits.

    Postfix postsuper(1), -d ALL: deletes all messages of a queue; their senders are not told.

    Why: Whatever does not go out at the first attempt, since the other side greylists or is down, is lost without a bounce.

    Fix: Disable the job (`systemctl disable --now NAME.timer`); look for why mail waits (`postqueue -p`). Mail that will
    never go out comes back by itself: maximal_queue_lifetime.
    """
    assert not queue_emptiers, f"the queue is emptied by {'; '.join(queue_emptiers[:3])}"
