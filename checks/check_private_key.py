"""Private keys of mail servers: they fit their certificates, and few may read them."""

import pytest


@pytest.mark.critical
def check_matches(keyless):
    """Each configured certificate has its key.

    Postfix TLS_README: the key must be the one that the certificate was issued for.

    Why: A daemon whose key and certificate differ offers no TLS at all, or fails at every connection.

    Fix: Find the key that belongs to it: `openssl x509 -noout -pubkey -in CERT` and `openssl pkey -pubout -in KEY` must
    print the same; copy both from the same issuance.
    """
    assert not keyless, f"no configured key is that of {', '.join(keyless)}"


@pytest.mark.critical
def check_unlocked(locked_keys):
    """No key of a mail daemon is closed with a passphrase that nobody tells the daemon.

    Postfix postconf(5), smtpd_tls_key_file: the key must be accessible without a passphrase; Dovecot is told one by
    ssl_server_key_password alone.

    Why: A daemon cannot type: it offers no TLS, so that nobody can log in and senders that insist on TLS wait.

    Fix: `openssl pkey -in KEY -out NEW` asks for the passphrase and writes the key without it; put NEW in the key's place with
    mode 600 and the same owner, then reload the daemon.
    """
    assert not locked_keys, f"closed with a passphrase: {', '.join(locked_keys)}"


@pytest.mark.high
def check_present(unreadable):
    """Every configured certificate and key file is there.

    Postfix postconf(5), Dovecot: a daemon that cannot load them offers no TLS, or does not start.

    Why: After the next restart there is no TLS, or no service.

    Fix: Correct the path, or put the file back.
    """
    assert not unreadable, f"not there: {', '.join(unreadable)}"


@pytest.mark.high
def check_before_its_certificate(chain_disorder):
    """In Postfix's chain files each key stands before its certificate.

    Postfix postconf(5), smtpd_tls_chain_files: each private key is directly followed by the corresponding certificate chain.

    Why: Postfix loads neither and does without TLS: STARTTLS is answered with 454, nobody can log in, and senders that insist on
    TLS (DANE, MTA-STS) wait.

    Fix: `postconf -e 'smtpd_tls_chain_files = KEY, CERTIFICATE'`; in a file that holds both the key comes first. `postfix reload`.
    """
    assert not chain_disorder, chain_disorder


@pytest.mark.critical
def check_readable_by_daemon(closed_to_daemon):
    """The mail server may read its certificate and key.

    Exim spec, chapter 43: the files must be readable by the Exim user; the daemon has no root privilege when it opens them.

    Why: STARTTLS is answered with 454 "TLS currently unavailable": logins fail, and mail comes in the clear or not at all.

    Fix: `chgrp Debian-exim FILE && chmod 640 FILE`, and let the renewal's hook do the same.
    """
    assert not closed_to_daemon, f"not readable by its user: {', '.join(closed_to_daemon)}"


@pytest.mark.high
def check_readable_by_few(key_file):
    """Private keys, and copies of them, are readable by root, and at most by one group.

    CIS Benchmarks: private keys are readable by their owner alone, or by a group of those who need them.

    Policy private_keys: private keys are kept from other users.

    Why: Every program on the host, and every hole in a web application, can take the key and play your mail server.

    Fix: `chmod 640 FILE` (or 600) and `chown root:ssl-cert FILE`.
    """
    assert not key_file.mode & 0o037, f"mode {key_file.mode:o}, {key_file.owner}:{key_file.group}"


@pytest.mark.high
def check_signing_readable_by_few(signing_key_file):
    """Keys that mail is signed with (DKIM) are readable by the signer alone.

    RFC 6376 §8: whoever has the private key can sign in the domain's name.

    Policy private_keys: private keys are kept from other users.

    Why: Every program on the host, and every hole in a web application, can send mail that passes for the domain's own anywhere.

    Fix: `chmod 640 FILE`, `chown root:GROUP FILE` with the signer's group (Debian-exim, _rspamd, opensmtpd); then a new key, as
    nobody knows who has the old one.
    """
    seen = f"mode {signing_key_file.mode:o}, {signing_key_file.owner}:{signing_key_file.group}"
    assert not signing_key_file.mode & 0o007, seen
