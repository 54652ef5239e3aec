"""Logging in from outside, on submission, IMAP and POP ports: offered inside TLS, and nowhere else."""

import pytest


@pytest.mark.high
def check_not_offered_in_clear(clear_offer, endpoint):
    """Nobody is invited to log in before TLS.

    RFC 4954 §4: a server must not offer AUTH mechanisms that send passwords in the clear unless TLS protects them.

    RFC 9051 §6.2.3: LOGINDISABLED tells IMAP clients not to log in yet.

    Why: Programs that believe the offer send their users' passwords readable across the Internet.

    Fix: Postfix: `postconf -e smtpd_tls_auth_only=yes` (and the -o options in master.cf); Dovecot 2.3:
    disable_plaintext_auth=yes, 2.4: auth_allow_cleartext=no; Exim: advertise only where $tls_in_cipher is set.
    """
    offered = ", ".join(clear_offer.logins)
    assert not offered, f"port {endpoint.port.number} offers without TLS: {offered}"


@pytest.mark.critical
def check_offered_in_tls(user_offer, endpoint):
    """Users can log in once TLS protects them.

    RFC 6409 §4.3: a submission server demands that users log in, so it must offer to.

    Why: Where no login is offered, no user can send or read mail.

    Fix: Postfix: smtpd_sasl_auth_enable=yes for the service, and the socket of smtpd_sasl_path must answer (Dovecot's
    `service auth`); Dovecot: auth_mechanisms.
    """
    assert user_offer.logins, f"port {endpoint.port.number} offers no login: {', '.join(user_offer.words)}"


@pytest.mark.medium
def check_mechanisms(offered_mechanisms, policy):
    """Only sound mechanisms are offered.

    Policy sasl_mechanisms: those that may be offered.

    RFC 6331 §1: DIGEST-MD5 is historic; CRAM-MD5 and NTLM need passwords stored readable; ANONYMOUS needs none at all.

    Why: Programs choose the mechanism, often the worst; what it needs on the server's disk can be stolen.

    Fix: Dovecot: `auth_mechanisms = plain login`; Cyrus: mech_list in smtpd.conf; Postfix: smtpd_sasl_mechanism_filter.
    """
    allowed = {word.upper() for word in policy.sasl_mechanisms}
    others = [word for word in offered_mechanisms.logins if " " not in word and word not in allowed]
    assert not others, f"offered as well: {', '.join(others)}"


@pytest.mark.medium
def check_not_on_port_25(mx_offers, policy):
    """Port 25 is for servers: nobody can log in there.

    Policy login_on_port_25: false where users may still log in on port 25.

    RFC 6409 §3.1: submission has ports of its own.

    Why: Guessers of passwords try port 25 first, where limits on connections must be wide for the sake of other servers.

    Fix: Postfix: smtpd_sasl_auth_enable=no in main.cf, and -o smtpd_sasl_auth_enable=yes for submission and submissions.
    """
    assert not mx_offers, f"port 25 offers: {', '.join(mx_offers)}"


@pytest.mark.low
def check_tls_demanded_first(mail_in_clear):
    """A submission port takes nothing before STARTTLS.

    RFC 3207 §4: a server that demands TLS answers 530 to everything but EHLO, NOOP, STARTTLS and QUIT.

    Why: A program that was set up without TLS should learn so at once, and not after it has sent a password.

    Fix: Postfix: -o smtpd_tls_security_level=encrypt for submission in master.cf.
    """
    assert not mail_in_clear.accepted, f"MAIL before STARTTLS was answered with: {mail_in_clear}"


@pytest.mark.critical
@pytest.mark.sends_mail
def check_right_taken(good_login, endpoint):
    """A user with the right password gets in on every port for users.

    Policy canary_mailbox: the account that is tried, with its password (canary_password); canary_sender where users send.

    RFC 6409 §4.3, RFC 9051 §6.2: a user who proves who he is may send, and read his mail.

    Why: Users of this port, and these may be all phones or all office programs, cannot send or read mail.

    Fix: `doveadm auth test -x service=imap NAME` (smtp, pop3, sieve) on the server, and its log: a passdb that one service lacks, a
    lookup that differs by service, `smtpd_sasl_*` options of one port in master.cf.
    """
    assert good_login.taken, f"{good_login.name} is refused on port {endpoint.port.number}: {good_login.said}"


@pytest.mark.critical
@pytest.mark.intrusive
def check_wrong_refused(wrong_login):
    """A wrong password is refused.

    RFC 4954 §6: 535 5.7.8 says that the credentials are wrong.

    RFC 9051 §6.2.3: NO says so in IMAP.

    Why: Everybody gets in.

    Fix: Dovecot: a passdb with `nopassword`, a static one, or PAM without a real module; Postfix: saslauthd without one.
    """
    assert wrong_login.refused, f"a password that nobody has was answered with: {wrong_login.said}"


@pytest.mark.medium
@pytest.mark.intrusive
def check_users_hidden(wrong_logins_apart):
    """The answer to a wrong password does not tell whether the user exists.

    RFC 4954 §6: one code, 535, for all wrong credentials.

    Why: Guessers learn which names are worth their time.

    Fix: Dovecot: no auth_failure text of its own, no proxy that asks a directory first; Cyrus: sasl_auto_transition no.
    """
    assert not wrong_logins_apart, wrong_logins_apart
