"""What a mail server offers in its reply to EHLO: all that senders need, and nothing for strangers to abuse."""

import pytest


@pytest.mark.medium
def check_complete(lacking_extensions, extensions):
    """The EHLO reply offers the extensions that senders count on.

    Policy smtp_extensions: the extensions that every server must offer.

    RFC 1870 §3, RFC 2920 §3, RFC 6152 §2, RFC 2034 §3: SIZE, PIPELINING, 8BITMIME and ENHANCEDSTATUSCODES.

    Why: Large messages are sent in full before they are refused, umlauts are re-encoded (which breaks signatures), and
    error reports lose their meaning.

    Fix: Postfix: see smtpd_discard_ehlo_keywords and smtpd_discard_ehlo_keyword_address_maps; otherwise a firewall
    rewrites SMTP on the way: switch its inspection off.
    """
    offered = ", ".join(extensions.keywords)
    assert not lacking_extensions, f"not offered: {', '.join(lacking_extensions)} (offered: {offered})"


@pytest.mark.critical
def check_trust_nobody(mx_extensions):
    """Strangers are not offered to speak for somebody else (XCLIENT, XFORWARD).

    Postfix XCLIENT_README: the command may override the client's address, and is for authorised test clients alone.

    Why: Whoever may set the client's address passes every restriction that rests on it, so he relays through you.

    Fix: Postfix: `postconf -e smtpd_authorized_xclient_hosts= smtpd_authorized_xforward_hosts=127.0.0.0/8`; see the -o
    options in master.cf as well.
    """
    offered = [word for word in ("XCLIENT", "XFORWARD") if word in mx_extensions]
    assert not offered, f"offered to this observer: {', '.join(offered)}"


@pytest.mark.low
def check_no_relics(mx_extensions, policy):
    """The EHLO reply offers no relics that only abuse still uses.

    Policy smtp_unwanted: the extensions that strangers are not offered.

    RFC 2505 §2.11: EXPN and VRFY are tools of spammers; ETRN lets anybody stir the queue.

    Why: Each of them is a door that nobody needs and somebody may find open.

    Fix: Postfix: `postconf -e 'smtpd_discard_ehlo_keywords=etrn, silent-discard'`.
    """
    offered = [word for word in policy.smtp_unwanted if word.upper() in mx_extensions]
    assert not offered, f"offered: {', '.join(offered)}"


@pytest.mark.low
def check_consistent(contradictions):
    """The extensions that are offered go together.

    RFC 6531 §3.1: a server that offers SMTPUTF8 must offer 8BITMIME; RFC 3030 §3: one with BINARYMIME, CHUNKING.

    Why: Senders that rely on the one and find the other missing return the message.

    Fix: Postfix: discard both of them or none: smtpd_discard_ehlo_keywords, smtputf8_enable.
    """
    assert not contradictions, f"{'; '.join(contradictions)}"


@pytest.mark.medium
def check_size_sensible(announced_size, policy):
    """The size that the server announces for messages is one that people can live with.

    RFC 1870 §4: the number after SIZE is the most octets that a message may have; 0 means that there is no limit.

    Policy message_size: least and most octets that a message may have.

    Why: Ordinary attachments are refused, or one message fills the disk.

    Fix: Postfix: `postconf message_size_limit`, and `postconf -P` for one that a service has of its own.
    """
    least, most = policy.message_size
    assert least <= announced_size <= most, f"SIZE {announced_size}; it should be {least} to {most}"
