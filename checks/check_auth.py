"""Logging in, from inside: who is asked whether a password is right, what is stored, and what a login entitles to."""

import pytest

_OF_PROGRAMS = frozenset({"PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2", "GSSAPI"})


@pytest.mark.critical
def check_socket_open_to_postfix(login_socket):
    """Postfix can ask its login service whether a password is right.

    Postfix SASL_README: smtpd asks Dovecot's auth service over the socket that smtpd_sasl_path names.

    Why: Nobody can log in to send mail; smtpd ends with a fatal error before it has greeted the client.

    Fix: In Dovecot's `service auth`: `unix_listener /var/spool/postfix/private/auth { mode = 0660 user = postfix
    group = postfix }`, then `systemctl restart dovecot`.
    """
    assert not login_socket.trouble, login_socket.trouble


@pytest.mark.critical
def check_backend_set_up(login_backend):
    """The login service that Postfix is told to ask is one, and is set up.

    Postfix SASL_README: smtpd_sasl_type names the implementation; Cyrus SASL reads a file of its own.

    Why: smtpd ends with "no SASL authentication mechanisms": nobody can log in, and port 25 may be dead as well.

    Fix: `postconf -e smtpd_sasl_type=dovecot smtpd_sasl_path=private/auth`; or write /etc/postfix/sasl/smtpd.conf for
    Cyrus SASL, install its modules, and start saslauthd.
    """
    assert not login_backend, login_backend


@pytest.mark.medium
def check_socket_private(login_socket):
    """Only Postfix can ask the login service by way of its socket.

    Dovecot Postfix_and_Dovecot_SASL: mode 0660 with user and group postfix; the default 0666 is for trying it out.

    Why: Every program on the host, a web application with a hole in it too, can try passwords unseen and unlimited.

    Fix: In Dovecot's `service auth`: `unix_listener /var/spool/postfix/private/auth { mode = 0660 user = postfix
    group = postfix }`, then `systemctl restart dovecot`.
    """
    socket = login_socket.socket
    assert socket is None or not socket.for_all, f"{socket.path} has mode {socket.mode}"


@pytest.mark.high
def check_password_in_tls(clear_login):
    """No daemon takes passwords outside TLS.

    RFC 4954 §4: a server must not offer mechanisms that send passwords in the clear unless TLS protects them.

    Policy login_in_tls: passwords are taken inside TLS only; false for backends that a proxy in front ends TLS for.

    Why: Programs that believe the offer send their users' passwords readable across the Internet.

    Fix: Postfix: `postconf -e smtpd_tls_auth_only=yes`, and look at -o options in master.cf; Dovecot 2.3:
    disable_plaintext_auth = yes, 2.4: auth_allow_cleartext = no, and ssl = required in both.
    """
    assert not clear_login, clear_login


@pytest.mark.medium
def check_mechanisms(login_mechanisms, policy):
    """Users log in by sound mechanisms.

    Policy sasl_mechanisms: those that may be offered.

    RFC 6331 §1: DIGEST-MD5 is historic; CRAM-MD5 and NTLM need passwords stored readable; ANONYMOUS needs none at all.

    Why: Programs choose the mechanism, often the worst; what it needs on the server's disk can be stolen.

    Fix: Dovecot: `auth_mechanisms = plain login`, `doveadm reload`.
    """
    others = [word for word in login_mechanisms if word not in {each.upper() for each in policy.sasl_mechanisms}]
    assert not others, f"configured as well: {', '.join(others)}"


@pytest.mark.critical
def check_mechanisms_left(lost_mechanisms):
    """Postfix's options leave one of the mechanisms that Dovecot offers.

    Postfix smtpd_sasl_tls_security_options: noplaintext takes PLAIN and LOGIN away, also inside TLS.

    Why: smtpd ends with "no SASL authentication mechanisms" for every client, before it could greet or log in.

    Fix: `postconf -e smtpd_sasl_tls_security_options=noanonymous` (or -P for the service), `postfix reload`.
    """
    assert not lost_mechanisms, lost_mechanisms


@pytest.mark.high
def check_mechanism_for_programs(login_mechanisms):
    """Users are offered a mechanism that mail programs know.

    RFC 4616 (PLAIN), RFC 5802 (SCRAM), RFC 7628 (OAUTHBEARER): what mail programs and phones log in with.

    Why: Every program says that the password is wrong, or that the server has no way to log in.

    Fix: Dovecot: `auth_mechanisms = plain login`, `doveadm reload`; Exim: an authenticator with `driver = plaintext`.
    """
    known = [word for word in login_mechanisms if word in _OF_PROGRAMS or word.startswith("SCRAM-")]
    assert known, f"only {', '.join(login_mechanisms)} offered"


@pytest.mark.critical
def check_nobody_anonymous(anonymous_login):
    """Nobody logs in without being anybody.

    Postfix postconf(5), smtpd_sasl_security_options: noanonymous disallows methods that let clients in anonymously.

    Why: Where the backend offers ANONYMOUS, whoever uses it counts as authenticated, and may send to anywhere.

    Fix: `postconf -e smtpd_sasl_security_options=noanonymous 'smtpd_sasl_tls_security_options=$smtpd_sasl_security_options'`.
    """
    assert not anonymous_login, anonymous_login


@pytest.mark.medium
def check_sender_bound_to_login(sender_binding):
    """Who logs in may use their own sender addresses, and nobody else's.

    RFC 6409 §6.1: an MSA may refuse MAIL whose address is not authorised with the authentication used.

    Policy sender_bound_to_login: senders must fit logins; false where another program sees to it, or nobody needs to.

    Why: One stolen password, or one angry user, sends mail in the director's name, and it passes SPF, DKIM and DMARC.

    Fix: Postfix: smtpd_sender_login_maps names the logins of each address;
    `-o smtpd_sender_restrictions=reject_sender_login_mismatch` for submission and submissions in master.cf.
    """
    assert not sender_binding, sender_binding


@pytest.mark.medium
def check_senders_have_accounts(lost_senders):
    """Whoever has an account may send from the address that is its name.

    Postfix postconf(5), smtpd_sender_login_maps: the SASL login names that own each sender address, as the server knows them.

    Why: Whoever has that address logs in and is refused all the same: "553 5.7.1 Sender address rejected: not owned by user".

    Fix: Name logins in the table as they are typed, mostly the full address; then `postmap FILE`.
    """
    seen = (
        f"{lost_senders.lost} addresses (in {', '.join(lost_senders.domains)}) are given to logins that are no accounts"
    )
    assert not lost_senders.lost, seen


@pytest.mark.medium
def check_passwords_alike(password_copy):
    """Accounts that two hosts keep have the same password on both.

    Dovecot Passwd-file: each host's auth process asks its own file, and knows of no other.

    Why: It was changed on one of them: whoever has that account reads mail with the new password and cannot send with it, or
    the other way round; a password that was stolen and changed still works where nobody thought of it.

    Fix: Copy the entry from the host where it was changed last; keep passwords in one place that both ask (LDAP, SQL, or
    Dovecot's auth service over the network).
    """
    named = ", ".join(password_copy.different[:5])
    seen = f"{len(password_copy.different)} of {password_copy.common} accounts have another password there: {named}"
    assert not password_copy.different or not password_copy.meant_alike, seen


@pytest.mark.medium
def check_locked_everywhere(half_locked):
    """An account that is locked where its mailbox is, is locked where it sends through as well.

    Dovecot Passwd-file: each host's auth process asks its own file; crypt(5): no password fits a hash with a sign before it.

    Why: Either the lock was forgotten, and the user is refused with the right password; or it is meant, and whoever stole the
    account goes on sending with it.

    Fix: If the lock is over, take the `!` (or `*`) from before the hash in the line that is named; if it is meant, lock the
    account on the other host as well. An account that only sends has `!` alone in place of a hash.
    """
    assert not half_locked, f"locked by a sign before the hash: {'; '.join(half_locked[:3])}"


@pytest.mark.critical
def check_passwords_readable(password_access):
    """Dovecot's login service can read the file of passwords.

    Dovecot Passwd-file: the auth process opens the file as its own user, not as root.

    Why: Nobody can log in any more: not to read mail, and not to send it.

    Fix: `chown root:dovecot FILE && chmod 640 FILE`; no restart is needed.
    """
    assert not password_access, password_access


@pytest.mark.critical
def check_offered_to_clients(unoffered_networks, smtp_server):
    """No network of clients is kept from logging in where logging in is asked of them.

    Postfix postconf(5), smtpd_sasl_exceptions_networks: clients there are not offered AUTH.

    Why: Programs of users there find no way to log in, and cannot send; from elsewhere everything works.

    Fix: `postconf -X smtpd_sasl_exceptions_networks` (or take it out of master.cf), `postfix reload`; for single old devices list
    just their addresses, and let them in by mynetworks.
    """
    assert not unoffered_networks, f"{smtp_server.label}: AUTH is not offered to {', '.join(unoffered_networks[:4])}"


@pytest.mark.high
def check_takes_many_clients(login_clients_limit):
    """Dovecot's login service may be asked by many programs at a time.

    Dovecot client_limit of service auth: each process of Postfix, IMAP and LMTP that knows users keeps a connection (its own: 1000).

    Why: The first few users log in, and the others wait or are told that there is no login at all.

    Fix: Take client_limit out of `service auth`, so that the default holds, then `doveadm reload`.
    """
    assert not login_clients_limit, login_clients_limit


@pytest.mark.critical
def check_accounts_found_by_name(lost_accounts):
    r"""Every account in Dovecot's file of passwords can be found by its own name.

    Dovecot auth_username_format: what becomes of the name that was typed before it is looked up.

    Why: These users are told that their password is wrong, whatever they type; Dovecot's log says "unknown user".

    Fix: `doveconf auth_username_format auth_username_chars`: take it out, or make it fit the file (`%Lu`; 2.4: `%{user | lower}`); a byte
    order mark goes with `sed -i '1s/^\xEF\xBB\xBF//' FILE`, capital letters with a small spelling in the file.
    """
    assert not lost_accounts, "; ".join(lost_accounts)


@pytest.mark.high
def check_passwords_private(secret_file):
    """Files that hold passwords, and copies of them, cannot be read by everybody on the host.

    CIS Benchmarks: files of passwords and of hashes are readable by their owner, and at most by one group.

    Why: Every user, and every hole in a web application, can take them all away and try them at leisure elsewhere.

    Fix: `chmod o= FILE`; owner root, group that of the daemon that reads it. A copy from before an edit: `shred -u FILE`.
    """
    assert not secret_file.for_all, f"mode {secret_file.mode:o}, {secret_file.owner}:{secret_file.group}"


@pytest.mark.high
def check_hashes_strong(stored_schemes, policy):
    """Stored passwords are hashed by a slow, salted scheme.

    OWASP Password Storage Cheat Sheet: Argon2id, scrypt, bcrypt or PBKDF2; a fast hash is tried millions of times a second.

    Policy password_schemes: schemes that passwords may be stored in.

    Why: Whoever copies the file or its backup has the passwords themselves: at once, or within days.

    Fix: Dovecot: `doveadm pw -s ARGON2ID` (or BLF-CRYPT) when a password is changed; convert at the next login. Mechanisms
    that need readable passwords (CRAM-MD5, DIGEST-MD5) must go first.
    """
    accepted = {each.upper() for each in policy.password_schemes}
    others = [f"{number} of {name}" for name, number in sorted(stored_schemes.items()) if name not in accepted]
    assert not others, f"stored as {', '.join(others)}"


@pytest.mark.critical
def check_no_skeleton_key(skeleton_keys):
    """No password lets in everybody.

    Dovecot Static Password Database: it accepts any user name, with one password or with none; for trying things out, and
    for proxies whose backend asks for the password.

    Why: Whoever knows or guesses it sends mail in anybody's name, and reads everybody's.

    Fix: Remove the passdb (`driver = static`, or the field nopassword), `doveadm reload`; then look in the log who used it.
    """
    assert not skeleton_keys, "; ".join(skeleton_keys)


@pytest.mark.medium
def check_master_users_bound(master_users):
    """Master users of Dovecot may come from some networks only.

    Dovecot Master users: a master user reads everybody's mail; the field allow_nets says from where.

    Policy master_users_bound: master users are bound to networks.

    Why: One password opens all mailboxes, from anywhere in the world.

    Fix: `NAME:HASH::::::allow_nets=192.0.2.0/28` in the file of master users, or remove those that nobody needs.
    """
    assert not master_users, f"{master_users} without allow_nets"


@pytest.mark.low
def check_no_test_accounts(trial_accounts):
    """There are no accounts for a test any more.

    Policy test_accounts: names that accounts for a test have.

    Why: Their passwords are weak and known to many, and guessers try these names first.

    Fix: Remove them, or give them a long random password and a name that tells whose they are.
    """
    assert not trial_accounts, f"accounts: {', '.join(trial_accounts)}"


@pytest.mark.high
def check_logins_from_few_networks(roaming_accounts, policy):
    """Nobody logs in from so many places that others must have the password.

    Policy account_networks: networks of one account within log_window; account_addresses: addresses within an hour.

    Why: A stolen password is used from hundreds of hijacked machines; the spam gets the server onto block lists.

    Fix: `grep ADDRESS /var/log/mail.log` names the account. Change its password, `doveadm kick USER`; then take its mail
    out: `postqueue -j | jq -r 'select(.sender=="USER").queue_id' | postsuper -d -`. If many share it: mailassay_shared_accounts.
    """
    seen = "; ".join(map(str, roaming_accounts[:3]))
    assert not roaming_accounts, f"used from more places than one person is at: {seen}"


@pytest.mark.high
def check_users_not_taken_for_strangers(judged_as_stranger, login_service):
    """Where users log in, nothing that is meant for the servers of strangers refuses them first.

    Postfix postconf(5): restrictions are tried in their order; after permit_sasl_authenticated whoever logged in is let through.

    Why: Users at home and on the road have no matching reverse names, odd HELO names, and addresses that block lists hold on
    purpose; they are refused although their password is right, and only some of them.

    Fix: Put permit_sasl_authenticated first, or take the restriction out for the service in master.cf:
    `-o smtpd_client_restrictions=permit_sasl_authenticated,reject`, `-o smtpd_helo_restrictions=`; then `postfix reload`.
    """
    assert not judged_as_stranger, f"{login_service.label}: {judged_as_stranger}"


@pytest.mark.low
def check_senders_usual(busy_senders):
    """No account sends far more messages in an hour than people do, and than all others on the host.

    Policy account_messages: messages of one account within an hour, where no three others send a tenth of that.

    Why: A stolen password is often used from one place, and what it sends is delivered at once: no queue and no bounce tells.

    Fix: Ask its owner. If it is stolen: change its password, `doveadm kick USER`, see what was sent. If a program sends, let it
    log in from one of mailassay_trusted_networks, or name it in mailassay_shared_accounts.
    """
    assert not busy_senders, "; ".join(map(str, busy_senders[:3]))
