"""Sending clients: programs that hand their mail to somebody else's server, and whether it gets there."""

import pytest


@pytest.mark.high
def check_configured(client_smarthosts):
    """A sending client knows through which server it sends.

    Policy roles: the role client is for hosts whose programs send through another server.

    Why: What its programs send (alarms, invoices, forms) is lost, or lies in a queue that nobody looks at.

    Fix: Configure msmtp (/etc/msmtprc), nullmailer (/etc/nullmailer/remotes), dma or Postfix (relayhost) with the server.
    """
    assert client_smarthosts, "neither msmtp, nullmailer, ssmtp, dma nor a mail server here names one"


@pytest.mark.high
def check_smarthost_declared(strange_smarthost):
    """The host's mail server sends through the smarthost that the inventory names.

    Policy smarthost: the server that takes this host's outgoing mail.

    Why: The other one does not know the host, is gone one day without anybody thinking of it, or is no relay at all: a domain
    without brackets leads to its MX, which refuses mail for others.

    Fix: `postconf -e 'relayhost = [relay.example.org]'` (Exim: route_list; OpenSMTPD: relay host), or correct mailassay_smarthost.
    """
    assert not strange_smarthost, strange_smarthost


@pytest.mark.high
def check_tls_fits_port(tls_mismatch):
    """Port and TLS go together: TLS at once on 465, STARTTLS on 587.

    RFC 8314 §3.3: port 465 is for Implicit TLS; the other submission port, 587, begins in the clear.

    Why: Both sides wait for the other to begin, or break off: no mail gets out.

    Fix: msmtp: `port 465` with `tls on` and `tls_starttls off`, or `port 587` with `tls_starttls on`; nullmailer: `--port=465
    --ssl` or `--port=587 --starttls`; Postfix: smtp_tls_wrappermode=yes for 465 alone.
    """
    assert not tls_mismatch, tls_mismatch


@pytest.mark.high
def check_password_in_tls(logging_in):
    """The password goes to the server inside TLS only.

    RFC 8314 §4: mail programs should be configured to use TLS, and not to fall back to clear text.

    Why: Whoever is on the way reads the password, and sends with it.

    Fix: msmtp: `tls on`; nullmailer: --ssl or --starttls; Postfix: smtp_tls_security_level=encrypt (secure is better).
    """
    assert logging_in.tls in ("implicit", "starttls"), f"TLS {logging_in.tls}, with a login"


@pytest.mark.medium
def check_server_verified(logging_in):
    """The server's certificate is verified before the password is sent.

    RFC 8314 §4.2: a client must validate the server's certificate, and not log in where that fails.

    Policy smarthost_verified: certificates are verified.

    Why: Whoever can answer in the server's place gets the password.

    Fix: msmtp: `tls_certcheck on`; nullmailer: no --insecure; Postfix: smtp_tls_security_level=secure and smtp_tls_CAfile;
    ssmtp cannot: use msmtp.
    """
    assert logging_in.verified, f"{logging_in.where} does not verify {logging_in.host}"


@pytest.mark.high
def check_authorities_there(lost_authorities):
    """The file of authorities that msmtp compares the server's certificate with is there.

    msmtp(1), tls_trust_file: the certificates of the authorities that are trusted; without it, none is.

    Why: Without it no TLS session comes about, and nothing that the host's programs send leaves it.

    Fix: `tls_trust_file system`, or the file that the distribution keeps: /etc/ssl/certs/ca-certificates.crt.
    """
    assert not lost_authorities, f"not there: {', '.join(lost_authorities[:3])}"


@pytest.mark.critical
def check_password_there(password_lacking, logging_in):
    """A program that logs in to its server finds its password.

    msmtp(1), passwordeval; Postfix SASL_README: the password stands where the program is told to look.

    Why: The program cannot log in, or hands its mail over without, and the server refuses it: nothing that it sends leaves.

    Fix: Put the file back, or write the password anew: msmtp `password`, Postfix smtp_sasl_password_maps, then `postmap` and
    `postfix reload`.
    """
    assert not password_lacking, f"{logging_in.where}: {password_lacking}"


@pytest.mark.high
def check_source_held(strange_sources):
    """The address that msmtp is told to send from is one of the host's.

    msmtp(1), source_ip: the address that the connection is made from.

    Why: No connection can be made from an address of another host, or of the time before a move: nothing leaves.

    Fix: `ip address show`; write the present address, or take source_ip out of the file.
    """
    assert not strange_sources, f"not an address of this host: {', '.join(strange_sources[:3])}"


@pytest.mark.high
def check_password_private(client_secret):
    """The file with the password for the server cannot be read by everybody on the host.

    CIS Benchmarks: files of passwords are readable by their owner, and at most by one group.

    Why: Every program on the host, and every hole in a web application, can take it and send with it from anywhere.

    Fix: `chmod 640 FILE` and `chgrp` to the group of those who send (msmtp's Debian package makes a group msmtp).
    """
    assert not client_secret & 0o004, f"mode {client_secret:o}"


@pytest.mark.critical
def check_port_open(smarthost_reached):
    """The server can be reached from here.

    RFC 6409 §3.1: submission has the port 587; RFC 8314 §3.3: with TLS at once, 465.

    Why: No mail gets out; providers and firewalls often close these ports for servers.

    Fix: From the host `nc -v SERVER PORT`; local rules: `nft list chain inet filter output`; else the provider.
    """
    assert smarthost_reached.made, str(smarthost_reached)


@pytest.mark.critical
def check_login_accepted(login_meaning, smarthost_login_reply):
    """The server accepts the login that is configured.

    RFC 4954 §6: 235 accepts it; 535 refuses it, 534 asks for another mechanism or kind of password.

    Why: No mail gets out, since a password was changed or has expired; each attempt counts as a guess, and leads to a ban.

    Fix: Set the new password where the file is named; 534 5.7.9 "application password required": make one in the account's
    security settings and use that.
    """
    assert not login_meaning, f"{smarthost_login_reply}: {login_meaning}"


@pytest.mark.critical
def check_mechanism_offered(mechanism_lacking):
    """The server offers a login mechanism that the client may use.

    RFC 4954 §3: the server's AUTH extension lists the SASL mechanisms that it supports; the client chooses one of them.

    Why: The client gives up before it has sent its password, and nothing that its programs send leaves the host.

    Fix: msmtp: `auth on` chooses by itself; Postfix: `smtp_sasl_tls_security_options = noanonymous` (its default refuses PLAIN and
    LOGIN), and no smtp_sasl_mechanism_filter; Exim: an authenticator whose public_name is offered; port 587 or 465 in place of 25.
    """
    assert not mechanism_lacking, mechanism_lacking


@pytest.mark.critical
def check_logs_in_where_demanded(sending_through, login_demand):
    """A client logs in to a server that takes mail from users only.

    RFC 4954 §6: 530 "Authentication required"; RFC 6409 §4.3: a submission server must not take mail from who may not submit.

    Why: Each message is refused, and nothing that the host's programs send leaves it.

    Fix: msmtp: `auth on`, `user` and `password`; Postfix: smtp_sasl_auth_enable=yes and smtp_sasl_password_maps; or permit this
    host's address at the server.
    """
    assert not login_demand, f"{sending_through.where} does not log in to {sending_through.host}: {login_demand}"


@pytest.mark.critical
def check_sender_allowed(logging_in, sender_refusal):
    """The login may send mail from the sender address that is configured.

    RFC 6409 §6.1: a submission server may refuse an address that is not authorised for the user who is logged in.

    Why: The login works, and yet each message is refused: nothing that the host's programs send leaves it.

    Fix: msmtp: `from` is an address of the `user`; Postfix: sender_canonical_maps; nullmailer: allmailfrom; or allow the login
    this sender at the server (Postfix: smtpd_sender_login_maps).
    """
    assert not sender_refusal, (
        f"{logging_in.where} sends as an address that {logging_in.host} refuses: {sender_refusal}"
    )
