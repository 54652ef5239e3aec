"""Block lists that the mail server asks about its clients: alive, of use to this host, and asked with care."""

import pytest


@pytest.mark.critical
def check_alive(death):
    """No block list by which the mail server refuses mail is dead.

    checks/evidence/dnsbl.yml: lists whose operators have ended them.

    Why: A dead list answers late, or one day everything, so that all mail is refused; that has happened with most of them.

    Fix: Take it out of smtpd_*_restrictions and postscreen_dnsbl_sites, `postfix reload`. Exim: out of `dnslists` in its
    access control lists, `systemctl reload exim4`.
    """
    assert not death, death


@pytest.mark.high
def check_in_use_works(answers_to_host):
    """Every block list by which the mail server refuses mail answers this host as it should.

    RFC 5782 §5: 127.0.0.2 is listed in every list, and 127.0.0.1 in none.

    Why: A list that refuses the host's resolver keeps no spam out, or refuses all mail; one that lists everybody does so.

    Fix: Ask through a resolver of the host's own, not a public or the provider's one; large sites need a key (Spamhaus DQS).
    Take out what lists everybody at once.
    """
    assert not answers_to_host, answers_to_host


@pytest.mark.medium
def check_errors_not_counted(errors_counted):
    """An answer that means "you may not ask" is not taken for a listing.

    Postfix postconf(5), reject_rbl_client: without a filter any answer counts.

    Why: On the day on which the list's operator takes the host's resolver for a public one, all mail is refused.

    Fix: Name the answers that count: `reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]`; domains:
    `reject_rhsbl_sender dbl.spamhaus.org=127.0.1.[2..99]`.
    """
    assert not errors_counted, f"taken for a listing: {'; '.join(errors_counted[:2])}"


@pytest.mark.medium
def check_key_hidden(key_told):
    """Those who are refused are not told the key with which a block list is asked.

    Spamhaus DQS: the key stands in the zone's name, and Postfix tells the zone in its replies.

    Why: Strangers use up the account's queries, and its operator disables the key.

    Fix: Map the zone to a name without it: postscreen_dnsbl_reply_map, or rbl_reply_maps.
    """
    assert not key_told, f"{key_told} is not set, so that replies tell the key"
