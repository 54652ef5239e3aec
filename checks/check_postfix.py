"""Postfix: its configuration can be read and is in effect, its tables, folders and processes are as it needs them."""

import pytest


@pytest.mark.critical
def check_valid(reading_trouble):
    """Postfix can read main.cf and master.cf.

    Postfix postconf(5): a line without "=", or one of master.cf without its eight columns, is a fatal error.

    Why: Postfix goes on with what it has read before, until the next restart or reboot: then no mail is taken at all.

    Fix: `postconf >/dev/null` names the line; mend it, then `postfix reload`.
    """
    assert not reading_trouble, reading_trouble


@pytest.mark.high
def check_instance_running(instance_folder, postfix):
    """Every instance of Postfix that is switched on is running.

    Postfix postmulti(1): `multi_instance_enable = yes` says that an instance is to be started and stopped with the first.

    Why: Mail that was given to the instance stays in its queue, while the host's first instance looks well.

    Fix: `postmulti -i NAME -p start`; if it does not start, `postmulti -i NAME -p check` and the mail log tell why.
    """
    assert instance_folder, f"no master works in {postfix['queue_directory']}, the queue of {postfix.instance}"


@pytest.mark.high
def check_addresses_held(foreign_addresses):
    """Every address that Postfix is told to listen on or to send from is one of the host's.

    Postfix postconf(5), inet_interfaces, smtp_bind_address.

    Why: Postfix does not start where it cannot listen; from an address that it cannot use it sends from another one,
    which SPF, reverse DNS and other servers' permissions may not know.

    Fix: `ip address show`; write the present address (or `inet_interfaces = all`), then `postfix stop` and `postfix start`.
    """
    assert not foreign_addresses, f"not an address of this host: {'; '.join(foreign_addresses)}"


@pytest.mark.medium
def check_no_unused_parameters(ignored_parameters):
    """Every parameter that main.cf and master.cf set is one that Postfix reads.

    Policy unused_parameters: parameters that may be set although Postfix reads them nowhere.

    Why: A misspelt parameter has no effect at all: what it was to restrict or to allow is as if nobody had written it.

    Fix: Correct or remove the parameter; `postconf >/dev/null` warns of each.
    """
    assert not ignored_parameters, "; ".join(ignored_parameters)


@pytest.mark.medium
def check_loaded(unloaded_files):
    """Postfix has read main.cf and master.cf since they were written last.

    Postfix postfix(1), reload: running processes keep what they read when they were started.

    Why: What was changed is not in effect, or in some processes only; the surprise comes with the next restart.

    Fix: `postfix reload`; a change of inet_interfaces or inet_protocols needs `postfix stop` and `postfix start`.
    """
    assert not unloaded_files, f"written since Postfix was started or reloaded: {', '.join(unloaded_files)}"


@pytest.mark.critical
def check_programs_there(postfix_programs, postfix):
    """Postfix's own programs are in the folder that main.cf names.

    Postfix postconf(5), daemon_directory: where its programs are; Debian: /usr/lib/postfix/sbin, RHEL: /usr/libexec/postfix.

    Why: Postfix cannot start: after the next restart, nobody takes mail.

    Fix: `postconf -X daemon_directory`, so that the default holds, then `systemctl restart postfix`. If that one is empty too,
    install Postfix anew.
    """
    assert "master" in postfix_programs, (
        f"daemon_directory = {postfix['daemon_directory']}, and no program master there"
    )


@pytest.mark.high
def check_no_address_of_others(borrowed_addresses):
    """Postfix takes no other mail server's address for its own.

    Postfix postconf(5), proxy_interfaces: addresses of a proxy or a translator in front, where this host itself is meant.

    Why: Mail for a domain whose MX has that address comes back at once: "mail for … loops back to myself".

    Fix: `postconf -X proxy_interfaces`, or name the address that the router in front gives to this host; `postfix reload`.
    """
    assert not borrowed_addresses, "; ".join(borrowed_addresses)


@pytest.mark.high
def check_services_complete(missing_services):
    """master.cf has the services that mail passes through, and their programs are installed.

    Postfix master(5): a service that is asked for and not in master.cf cannot be reached.

    Why: Mail that needs the service waits in the queue ("mail transport unavailable") until it is returned.

    Fix: Restore the service's line from master.cf.proto (`postconf -M`), then `postfix reload`.
    """
    assert not missing_services, "; ".join(missing_services)


@pytest.mark.high
def check_tables_usable(table_trouble):
    """Every lookup table that Postfix is told to ask can be asked.

    Postfix DATABASE_README: a table that cannot be opened makes every lookup in it a temporary error.

    Why: Clients get 451 4.3.0 for whatever needs the table; mail waits at its senders, or in our own queue.

    Fix: A missing .db or .lmdb file: `postmap TYPE:FILE` (aliases: `newaliases`). An unknown type: install its
    package (postfix-lmdb, postfix-mysql …) or use one of `postconf -m`. A database: try `postmap -q KEY TABLE`.
    """
    assert not table_trouble, table_trouble


@pytest.mark.high
def check_tls_files_there(absent_tls_files):
    """The files that Postfix is told to use for TLS are there.

    Postfix postconf(5), smtpd_tls_CAfile, smtp_tls_CAfile: without its authorities Postfix switches TLS off.

    Why: Mail goes and comes in the clear, or not at all where TLS is asked for, and the log alone tells.

    Fix: Correct the path; of the authorities it is /etc/ssl/certs/ca-certificates.crt. smtpd_tls_dh1024_param_file: `auto`.
    """
    assert not absent_tls_files, f"not there: {', '.join(absent_tls_files)}"


@pytest.mark.medium
def check_maps_current(table_age):
    """Every lookup table was made after its source file was edited last.

    Postfix postmap(1): the program looks at the indexed file only, not at the text it was made from.

    Why: What was added to the text, a new user or alias, does not exist for Postfix, and what was removed still does.

    Fix: `postmap TYPE:FILE`, for aliases `newaliases`.
    """
    source, made = table_age
    assert source.changed <= made.changed, f"{source.path} was edited after {made.path} was made"


@pytest.mark.high
def check_chroot_current(stale_copies):
    """The files that Postfix's chroot has copies of are the system's present ones.

    Postfix BASIC_CONFIGURATION_README: a daemon that runs in a chroot sees the copies below its queue directory.

    Why: With an old resolv.conf names cannot be resolved: "Host or domain name not found" for mail that is fine.

    Fix: `systemctl restart postfix` copies them anew on Debian; or switch the chroot off (column 5 of master.cf: n).
    """
    assert not stale_copies, f"in the chroot: {', '.join(stale_copies)}"


@pytest.mark.high
def check_queue_folders_owned(wrong_owners):
    """The folders of the queue belong to Postfix, and local users can submit mail.

    Postfix postfix(1), set-permissions: mail_owner owns the queue, setgid_group its maildrop and public folders.

    Why: Mail of cron jobs and applications is never picked up, or no message can be moved at all.

    Fix: `postfix set-permissions`, then `postfix check`.
    """
    assert not wrong_owners, f"not as Postfix needs it: {', '.join(wrong_owners[:4])}"


@pytest.mark.high
def check_processes_left(process_use):
    """A further client would still get an SMTP server process of its own.

    Postfix postconf(5), default_process_limit: clients beyond it wait for a process to end.

    Why: All others wait without a greeting, and give up.

    Fix: See who holds the processes (`ss -tnp sport = :25`); limit clients with smtpd_client_connection_count_limit,
    raise default_process_limit, or put postscreen in front.
    """
    assert process_use.running < process_use.limit, f"{process_use.running} of {process_use.limit} processes are busy"


@pytest.mark.high
def check_nothing_deferred_by_hand(deferred_by_hand):
    """No setting for maintenance keeps mail from being delivered or returned.

    Policy deferred_by_hand: mail may not be kept back by defer_transports, soft_bounce or an error transport.

    Why: Mail stays in the queue, and after some days it is returned, or senders try again for days what is refused.

    Fix: `postconf -X defer_transports` (or soft_bounce, default_transport), `postfix reload`, `postqueue -f`.
    """
    assert not deferred_by_hand, "; ".join(deferred_by_hand)


@pytest.mark.high
def check_domain_in_one_list(listed_domain):
    """Every domain stands in one of the lists by which Postfix takes mail.

    Postfix VIRTUAL_README: never list a virtual domain as a mydestination domain, nor in two of the lists.

    Why: Postfix takes the domain for local: its mailboxes are "unknown in local recipient table", and mail is refused.

    Fix: Take it out of all but one of mydestination, virtual_mailbox_domains, virtual_alias_domains and relay_domains
    (`postconf -e …`, `postfix reload`).
    """
    assert not listed_domain, f"stands in {' and '.join(listed_domain)}"
