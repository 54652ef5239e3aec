"""Dovecot: its configuration can be read and is in effect, and the mail store is as it needs it."""

import pytest


@pytest.mark.critical
def check_valid(doveconf_trouble):
    """Dovecot can read its configuration.

    Dovecot doveconf(1): an unknown setting, or a file that cannot be read, is a fatal error.

    Why: Dovecot runs on with what it read before; after the next restart nobody can log in, and mail cannot be stored.

    Fix: `doveconf -n` names the file and line. After an update from 2.3 to 2.4 the files must be written anew.
    """
    assert not doveconf_trouble, doveconf_trouble


@pytest.mark.critical
def check_owner_valid(refused_owners):
    """The user that mail belongs to is within the numbers that Dovecot serves.

    Dovecot first_valid_uid, last_valid_uid: a user outside of them is refused after the login, and mail for him as well.

    Why: Nobody can read mail and none is delivered, though passwords are right and all ports are open.

    Fix: `doveconf first_valid_uid last_valid_uid`, `id USER`: set the numbers so that they hold that user's, `doveadm reload`.
    """
    assert not refused_owners, "; ".join(refused_owners)


@pytest.mark.critical
def check_files_there(missing_files):
    """The certificate and the key that Dovecot is told to use are there.

    Dovecot ssl_cert, ssl_server_cert_file: a file that cannot be read keeps Dovecot from being started.

    Why: Users cannot log in any more, from the next restart on or at once.

    Fix: Restore the files, or name the ones that the renewal writes (`doveconf -n | grep ssl`), then `doveadm reload`.
    """
    assert not missing_files, f"missing: {', '.join(missing_files)}"


@pytest.mark.medium
def check_loaded(unloaded_dovecot_files):
    """Dovecot has read its configuration since it was written last.

    Dovecot doveadm-reload(1): processes keep what the configuration was when they were started.

    Why: What was changed is not in effect; the surprise comes with the next restart.

    Fix: `doveadm reload`; `systemctl restart dovecot` for listeners.
    """
    assert not unloaded_dovecot_files, f"written since Dovecot was started: {', '.join(unloaded_dovecot_files[:4])}"


@pytest.mark.low
def check_no_obsolete_settings(obsolete_settings):
    """Dovecot's configuration has no settings that it warns of.

    Dovecot doveconf(1): obsolete settings are translated for the time being, and gone in a later version.

    Why: The next update may not start with them.

    Fix: `doveconf -n` shows how the present version writes them.
    """
    assert not obsolete_settings, "; ".join(obsolete_settings[:3])


@pytest.mark.critical
def check_store_writable(store_access):
    """Dovecot's mail user can write into the mail store.

    Dovecot mail_uid: all mail is read and written as this user.

    Why: Users log in and see nothing, and deliveries fail: mail waits in the MX's queue and is returned in the end.

    Fix: `chown -R USER: STORE` and `chmod 0700 STORE`; after a restore look at the folders above it, too.
    """
    assert not store_access, store_access


@pytest.mark.high
def check_store_private(store_mode):
    """Only Dovecot's mail user, or its group, can enter the mail store.

    Policy mail_store_private: other users of the host have no access to the mail store.

    Why: Everybody with a login on the host, and every broken web application on it, can read all mail.

    Fix: `chmod o-rwx STORE`.
    """
    assert not store_mode, store_mode


@pytest.mark.high
def check_passwords_not_logged(logged_passwords):
    """Dovecot does not write users' passwords to the log.

    Dovecot auth_debug_passwords, auth_verbose_passwords: meant for debugging; they show the passwords that were tried.

    Why: Whoever reads the log, a backup of it or the log server it is sent to can log in as the users.

    Fix: Set both to no, `doveadm reload`, remove the log files, and have the users change their passwords.
    """
    assert not logged_passwords, "; ".join(logged_passwords)


@pytest.mark.medium
def check_scripts_start_nothing(running_extensions):
    """Users' Sieve scripts cannot start programs on the host.

    Dovecot Pigeonhole Extprograms: such extensions are meant for the administrator's scripts (sieve_global_extensions).

    Why: Whoever has one user's password runs programs on the mail host.

    Fix: Name the extensions in sieve_global_extensions instead of sieve_extensions, `doveadm reload`.
    """
    assert not running_extensions, f"users may use {', '.join(running_extensions)}"


@pytest.mark.high
def check_trusts_few(trusted_strangers):
    """Dovecot trusts nobody but the site's own proxies to say whom they speak for.

    Dovecot login_trusted_networks: clients of these networks may tell another address as their own, and are taken
    for secured.

    Why: Whoever guesses passwords from there names a new address each time: no ban and no delay catches up, the log lies.

    Fix: The addresses of your proxies and webmail servers alone in login_trusted_networks; then `doveadm reload`.
    """
    assert not trusted_strangers, f"login_trusted_networks holds {', '.join(trusted_strangers)}"


@pytest.mark.high
def check_one_inbox(inbox_namespaces):
    """No two namespaces of Dovecot hold the inbox.

    Dovecot namespaces: "inbox = yes" for exactly one of them.

    Why: Dovecot takes its configuration, and then every session of every user ends with an internal error.

    Fix: `doveconf -n namespace`: leave `inbox = yes` in one namespace, `doveadm reload`.
    """
    assert len(inbox_namespaces) < 2, f"inbox = yes in {', '.join(inbox_namespaces)}"


@pytest.mark.high
def check_inbox_kept(folder_expiries, policy):
    """Mail is not deleted by itself from the folders in which people keep it.

    Dovecot mailbox_autoexpunge: mails are deleted from the folder once they have been there for so long; meant for Trash.

    Policy inbox_days: days that mail stays in the inbox, among what was sent, in drafts and in the archive at least.

    Why: Mail that nobody has deleted is gone for good, and its owner notices when it is needed; backups end at some time.

    Fix: Take autoexpunge out of `mailbox INBOX` (it belongs to Trash and Junk), then `doveadm reload`; remove jobs that run
    `doveadm expunge` on it. Where mail has to go after some time, set mailassay_inbox_days.
    """
    early = [str(each) for each in folder_expiries if each.days < policy.inbox_days]
    assert not early, "; ".join(early[:3])


@pytest.mark.critical
def check_domains_apart(shared_mailboxes, mail_place):
    """Users of the same name in two domains have mailboxes of their own.

    Dovecot mail_home, mail_path (2.3: mail_location): of user@domain, %{user | username} (2.3: %n) is the user alone.

    Why: Each reads the other's mail; and where the path was changed, their own from before is out of sight.

    Fix: Put the domain back into the path, as in /srv/mail/%{user | domain}/%{user | username} (2.3: %d/%n), then
    `doveadm reload`; sort out by hand what has arrived since.
    """
    said = f"{'; '.join(mail_place.settings)}: one mailbox for {'; '.join(shared_mailboxes[:2])}"
    assert not shared_mailboxes, said


@pytest.mark.critical
def check_delivered_where_read(mail_places):
    """Mail is put where its users look for it.

    Dovecot protocol: settings in `protocol lmtp { … }` hold for deliveries alone, and go before those outside it.

    Why: The log says that each message was saved, and users see an empty inbox.

    Fix: `doveconf -n` shows both settings; take the one out of its protocol block, `doveadm reload`, and move what was
    put elsewhere: `doveadm import -u USER maildir:PATH "" all`.
    """
    put, read = mail_places
    same = (put.driver, put.path) == (read.driver, read.path)
    assert same, f"put into {put.driver}:{put.path}, read from {read.driver}:{read.path}"


@pytest.mark.high
def check_mailboxes_writable(closed_mailboxes, dovecot):
    """Dovecot's mail user can write into every mailbox.

    Dovecot mail_uid: all mail is read and written as this user.

    Why: A few users neither see their mail nor get any, while everybody else is fine; it waits in the MX's queue.

    Fix: `find STORE ! -user USER` shows them; `chown -R USER:GROUP MAILBOX` and `chmod -R u+rwX MAILBOX`. They were
    restored or copied as root; files that `doveadm` or a script wrote as root are found as well.
    """
    store, user = dovecot.store, dovecot.mail_user
    assert not closed_mailboxes, f"in {store}, closed to {user}: {', '.join(closed_mailboxes[:5])}"


@pytest.mark.high
def check_scripts_keep_mail(thrown_away):
    """Scripts that are run for every user throw away nothing that nothing speaks against.

    RFC 5228 §4.4: discard: "silently throws away the message", without a notice to anybody.

    Why: Whatever did not come the usual way vanishes, and its sender believes that it was delivered.

    Fix: File it into a folder instead (`fileinto "Junk";`), or test for what is wrong with a message and not for what it
    lacks; `sieve-test SCRIPT MESSAGE` shows what becomes of one. Then `sievec SCRIPT`.
    """
    assert not thrown_away, f"discards mail: {'; '.join(thrown_away[:2])}"


@pytest.mark.medium
def check_suspicious_mail_kept(suspicious_thrown_away):
    """Scripts that are run for every user throw away no mail that is merely suspicious.

    RFC 5228 §4.4: discard: "silently throws away the message", without a notice to anybody.

    Policy discard_score: points of the spam filter from which on a message may be thrown away.

    Why: Every filter gives a few points to good mail; whoever waits for it finds it nowhere, and its sender is told nothing.

    Fix: File it instead (`fileinto "Junk";`), then `sievec SCRIPT`; refuse what is surely spam at the MX (Rspamd's `reject`),
    where its sender is told.
    """
    assert not suspicious_thrown_away, f"discards mail: {'; '.join(suspicious_thrown_away[:2])}"


@pytest.mark.high
def check_spam_not_returned(returned_to_senders):
    """Scripts that are run for every user send no rejections to those whom a message names as its sender.

    RFC 5429, abstract: a rejection by a message of its own contributes "to the flood of Joe-job spam to victims of
    Joe-jobs"; whoever has accepted a message cannot refuse it in the SMTP session any more.

    Why: Spam names others as its sender: each rejection goes to somebody who wrote nothing, and puts the server that sends
    it on block lists of backscatter; its users' mail is refused for it.

    Fix: File it instead (`fileinto "Junk";`), then `sievec SCRIPT`; refuse what is surely spam, or too large, at the MX
    (Rspamd's `reject`, message_size_limit), while its sender is still connected.
    """
    assert not returned_to_senders, f"rejects mail that was accepted: {'; '.join(returned_to_senders[:2])}"
