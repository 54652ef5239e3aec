"""Postfix's settings: what smuggling, strangers and the next version would make of them."""

import pytest


@pytest.mark.high
def check_bare_newlines_refused(bare_newlines):
    """A message ends where the standard says, and nowhere else.

    RFC 5321 §4.1.1.4: only <CRLF>.<CRLF> ends a message; servers must not take a bare newline for it.

    Why: SMTP smuggling (CVE-2023-51764): another server's users send mail through it with your name, past SPF and DMARC.

    Fix: `postconf -e smtpd_forbid_bare_newline=normalize 'smtpd_forbid_bare_newline_exclusions=$mynetworks'`, `postfix
    reload`; before 3.7.9: update Postfix.
    """
    assert not bare_newlines, bare_newlines


@pytest.mark.critical
def check_restrictions_known(refused_words):
    """Every restriction in the lists is one that Postfix knows.

    Postfix postconf(5), smtpd_recipient_restrictions: an unknown restriction is a configuration error.

    Why: Every client that comes to it is put off with "451 4.3.5 Server configuration error".

    Fix: Correct the word; `postconf -d smtpd_recipient_restrictions` and postconf(5) have the known ones.
    """
    assert not refused_words, f"unknown: {', '.join(refused_words)}"


@pytest.mark.critical
def check_nobody_refused_before_login(refused_before_login):
    """Where users log in, nobody is refused for not having logged in before he could.

    Postfix postconf(5), smtpd_delay_reject: with `no`, client and HELO restrictions are gone through at connect and at EHLO.

    Why: Every user is refused before the program could send the password; programs say that the server cannot be reached.

    Fix: `postconf -e smtpd_delay_reject=yes` (in master.cf: `postconf -PX SERVICE/inet/smtpd_delay_reject`), `postfix
    reload`; or demand the login in smtpd_recipient_restrictions or smtpd_relay_restrictions.
    """
    assert not refused_before_login, refused_before_login


@pytest.mark.medium
def check_restrictions_reached(unreached_restrictions):
    """No restriction stands where it is never reached.

    Postfix SMTPD_ACCESS_README: a list is read from left to right, and permit or reject ends it.

    Why: What was added at the end to keep something out keeps nothing out.

    Fix: Move the restriction in front of the permit or reject that is named.
    """
    assert not unreached_restrictions, "; ".join(unreached_restrictions)


@pytest.mark.low
def check_no_obsolete_parameters(obsolete_parameters):
    """No parameter is set that Postfix is about to forget.

    Postfix DEPRECATION_README: such parameters are logged as a warning, and removed some releases later.

    Why: After an update the setting is gone, and with it TLS, for example.

    Fix: Set the parameter that replaces it, then `postconf -X` the old one.
    """
    assert not obsolete_parameters, f"set: {', '.join(obsolete_parameters)}"


@pytest.mark.low
def check_compatibility_declared(compatibility_level):
    """main.cf says for which version of Postfix it was written.

    Postfix COMPATIBILITY_README: without compatibility_level, defaults of before 3.0 are used, with a warning for each.

    Why: The old defaults trust the whole subnet (mynetworks_style) and relay for every subdomain (relay_domains).

    Fix: Read the log for "using backwards-compatible default setting", set what is needed of it, then
    `postconf -e compatibility_level=3.6` and `postfix reload`.
    """
    assert compatibility_level not in ("", "0"), "compatibility_level is not set"


@pytest.mark.low
def check_early_talkers_refused(early_talkers):
    """Clients that send commands without waiting for replies are refused.

    RFC 2920 §3.1: commands may be sent ahead only where the server offers it, and only in groups.

    Policy early_talkers: an MX refuses clients that do not wait.

    Why: Spam programs do not wait; this costs nothing and keeps many out, and it stops smuggled commands.

    Fix: `postconf -e smtpd_data_restrictions=reject_unauth_pipelining`, from 3.9 smtpd_forbid_unauth_pipelining=yes.
    """
    assert early_talkers, "neither smtpd_forbid_unauth_pipelining nor reject_unauth_pipelining, nor postscreen"


@pytest.mark.low
def check_senders_examined(sender_tests):
    """An MX looks at the sender address of strangers' mail.

    RFC 5321 §3.6.2: a server may verify the domain of the return path before it takes the mail.

    Policy sender_tests: an MX refuses senders whom nobody could answer.

    Why: Mail that could never be answered or returned is spam, and its bounces fill the queue.

    Fix: `postconf -e 'smtpd_sender_restrictions=reject_non_fqdn_sender, reject_unknown_sender_domain'`.
    """
    assert sender_tests, "no restriction looks at the sender, and no milter or content filter scores mail"


@pytest.mark.medium
def check_postscreen_acts(idle_postscreen):
    """What postscreen finds has consequences.

    Postfix POSTSCREEN_README: with the action ignore, which is the default, a failed test is only logged.

    Why: It was set up to keep zombies out, and lets every one of them in.

    Fix: `postconf -e postscreen_greet_action=enforce postscreen_dnsbl_action=enforce postscreen_denylist_action=enforce`
    (postscreen_blacklist_action before 3.6), `postfix reload`.
    """
    assert not idle_postscreen, "; ".join(idle_postscreen)


@pytest.mark.medium
def check_retried_within_hours(hours_between_retries, policy):
    """Mail that waits is tried again within hours.

    RFC 5321 §4.5.4.1: senders retry after 30 minutes or so, later every two or three hours.

    Policy retry_hours: hours after which a message is tried again.

    Why: Greylisted mail, the second factor of a login and whatever met a short outage arrive half a day late.

    Fix: `postconf -X minimal_backoff_time maximal_backoff_time queue_run_delay`, `postfix reload`.
    """
    seen = f"minimal_backoff_time, maximal_backoff_time or queue_run_delay is {hours_between_retries:g} hours"
    assert hours_between_retries <= policy.retry_hours, seen


@pytest.mark.critical
def check_ordinary_mail_passes(stopping_checks):
    """No header or body check stops an ordinary message.

    Postfix header_checks(5): HOLD, REJECT, DISCARD and REDIRECT take a message out of its way.

    Why: A pattern written during an incident, or too widely, keeps back every message, and nothing in the queue says why.

    Fix: `postmap -q "Subject: hello" regexp:/etc/postfix/header_checks` shows what matches; correct the pattern, and
    `postsuper -H ALL` releases what is on hold.
    """
    assert not stopping_checks, "; ".join(stopping_checks)


@pytest.mark.high
def check_signed_headers_left(changed_after_signing):
    """Postfix changes no header that is under a DKIM signature when it hands mail on.

    Postfix postconf(5), smtp_header_checks: applied as mail is delivered, after milters have signed it; RFC 6376 §6.1.3.

    Why: The receiver finds the signature broken or gone: under DMARC mail is refused or junked, from here and as forwarded.

    Fix: Change headers before milters see them (`header_checks` at cleanup of the submission service), or leave those that
    are signed alone; then `postfix reload`.
    """
    assert not changed_after_signing, "; ".join(changed_after_signing[:3])


@pytest.mark.medium
def check_sent_without_delay(destination_delays, policy):
    """Messages for one destination follow one another without long pauses.

    Postfix postconf(5), default_destination_rate_delay: how long it waits between deliveries to one destination.

    Policy destination_delay: seconds that such a pause may have.

    Why: One message an hour goes to each large provider, and the queue grows behind it.

    Fix: `postconf -e default_destination_rate_delay=0s`; slow down single destinations in a transport of their own.
    """
    long = {name: seconds for name, seconds in destination_delays.items() if seconds > policy.destination_delay}
    assert not long, ", ".join(f"{name} = {seconds} s" for name, seconds in long.items())


@pytest.mark.high
def check_nothing_left_out(left_out):
    """What comes in passes aliases and milters, and what users send the signer.

    Postfix receive_override_options: no_address_mappings and no_milters are for mail that comes to them again, behind a
    content filter; smtpd_milters of a service in master.cf stands in place of main.cf's.

    Why: Without aliases mail to role addresses is refused by the mailbox server; without milters it is neither signed nor
    examined.

    Fix: `postconf -PX SERVICE/inet/receive_override_options` (or `…/smtpd_milters`) and `postfix reload`; it was left behind
    with a filter, or came with a block that was pasted.
    """
    assert not left_out, f"{left_out}, and no content filter behind it"
