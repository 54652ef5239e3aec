"""Accounts of the mail host itself: who is root, who needs no password, and which services could log in."""

import pytest


@pytest.mark.critical
def check_root_alone_is_root(roots):
    """No account but root has user number 0.

    CIS Benchmarks: root is the only account with UID 0.

    Why: A second root is how intruders come back; nobody looks for it.

    Fix: Find out who made it and when (`ls -l /etc/passwd /etc/shadow`, `last`), then `userdel -f NAME`; look for more.
    """
    others = [each.name for each in roots if each.name != "root"]
    assert not others, f"root as well: {', '.join(others)}"


@pytest.mark.critical
def check_password_needed(without_password):
    """No account can be used without a password.

    CIS Benchmarks: every account has a password, or is locked.

    Why: Whoever gets at a login, by ssh, su or the console, is in.

    Fix: `passwd -l NAME`, or give it a password.
    """
    assert not without_password, f"without a password: {', '.join(map(str, without_password))}"


@pytest.mark.medium
def check_services_cannot_log_in(service_logins):
    """Nobody can log in as one of the system's services.

    CIS Benchmarks: system accounts have no login shell.

    Policy service_logins: services' accounts are not for logging in.

    Why: A mail user or a web server's account with a shell and a password is tried by every guesser, and owns all mail.

    Fix: `usermod -s /usr/sbin/nologin NAME && passwd -l NAME`.
    """
    assert not service_logins, f"can log in: {', '.join(map(str, service_logins))}"


@pytest.mark.low
def check_forwards_declared(foreign_forwards):
    """Users' mail is sent on only to domains that the site knows of.

    CISA ScubaGear MS.EXO.1.1: automatic forwarding to external domains shall be disabled.

    Policy forward_domains: domains of others that users may forward their mail to.

    Why: A forward that an intruder left reads along for years; and what is sent on breaks SPF, and counts as our spam.

    Fix: Ask the users; declare what is wanted as mailassay_forward_domains.
    """
    assert not foreign_forwards, f"forwarded to: {', '.join(foreign_forwards[:5])}"


@pytest.mark.high
def check_copies_declared(foreign_copies):
    """Copies of all mail go only to domains that the site knows of.

    Postfix postconf(5), always_bcc: an address that receives a copy of each message that Postfix takes.

    Policy forward_domains: domains of others that users may forward their mail to.

    Why: An intruder reads everything along; and where the address is gone, every message brings a bounce.

    Fix: `postconf -# always_bcc`; where an archive elsewhere is wanted, declare its domain as mailassay_forward_domains.
    """
    assert not foreign_copies, foreign_copies


@pytest.mark.critical
def check_pam_asks(open_pam):
    """PAM lets nobody in without a password.

    pam_permit(8): "always permits access"; as `sufficient` it ends the asking before the password is looked at.

    Why: Whoever knows a user's name logs in: by ssh, sudo, and in mail programs where Dovecot asks PAM.

    Fix: Take the line out of the file of /etc/pam.d that is named (it was for debugging); `pam-auth-update --force`.
    """
    assert not open_pam, f"{'; '.join(open_pam[:3])}"


@pytest.mark.critical
def check_sudo_rules_safe(sudo_files):
    """Nobody but root can write sudo's rules.

    sudo sudoers(5): the files must belong to root and be writable by nobody else.

    Why: Whoever can write a rule is root; and sudo refuses to work at all with files that are open to others.

    Fix: `chown root:root FILE && chmod 0440 FILE`; see what was added: `visudo -c`.
    """
    bad = [str(file) for file in sudo_files if file.owner != "root" or file.mode & 0o022]
    assert not bad, f"open to others: {', '.join(bad[:5])}"


@pytest.mark.medium
def check_sudo_rules_valid(sudo_trouble):
    """sudo can read its rules.

    sudo visudo(8), -c: the rules are read as sudo reads them, and what it does not understand is named.

    Why: sudo passes over the line, or refuses to work at all: whoever is to mend the host becomes root no more.

    Fix: `visudo -c` names file and line; mend it with `visudo -f FILE`, while you are still root.
    """
    assert not sudo_trouble, sudo_trouble


@pytest.mark.medium
def check_sudo_needs_password(sudo_without_password, policy):
    """Only those whom the site names become root without a password.

    Policy sudo_without_password: users and %groups that may; where it names nobody, only daemons that may do everything are told.

    Why: A rule for one script of years ago turns any hole in the account's software into root.

    Fix: Take NOPASSWD out of the rule, or name the user in mailassay_sudo_without_password.
    """
    others = [name for name in sudo_without_password if name not in policy.sudo_without_password]
    assert not others, f"root without a password: {', '.join(others)}"


@pytest.mark.critical
def check_root_keys_safe(root_key_files):
    """Nobody but root can write the keys that let root in.

    OpenSSH sshd(8), AUTHORIZED_KEYS FILE FORMAT: with StrictModes sshd refuses files that others can write.

    Why: Whoever can add a key is root; or sshd refuses the key, and nobody gets in when the host must be mended.

    Fix: `chown -R root:root /root/.ssh && chmod 0700 /root /root/.ssh && chmod 0600 /root/.ssh/authorized_keys`.
    """
    bad = [str(file) for file in root_key_files if file.owner != "root" or file.mode & 0o022]
    assert not bad, f"open to others: {', '.join(bad[:5])}"


@pytest.mark.high
def check_root_keys_declared(declared_keys, policy):
    """Root lets in only the keys that the site knows of.

    Policy root_keys: fingerprints (SHA256:…) of the keys that may be in root's authorized_keys.

    Why: A key of a colleague who has left, or of an intruder, opens the host for years, and nobody sees it.

    Fix: Ask whose it is; take its line out of /root/.ssh/authorized_keys, or declare it as mailassay_root_keys.
    """
    unknown = [str(key) for key in declared_keys if key.fingerprint not in policy.root_keys]
    assert not unknown, f"unknown: {', '.join(unknown[:5])}"


@pytest.mark.low
def check_root_keys_strong(root_keys):
    """The keys that let root in are strong.

    NIST SP 800-57 Part 1: RSA keys have 2048 bits or more; OpenSSH dropped DSA in 7.0.

    Why: A key of 1024 bits can be computed from its public half by those who can pay for it.

    Fix: `ssh-keygen -t ed25519`, and take the old line out of /root/.ssh/authorized_keys.
    """
    weak = [str(key) for key in root_keys if key.weak]
    assert not weak, f"weak: {', '.join(weak)}"


@pytest.mark.critical
def check_configuration_safe(writable_configuration):
    """What configures the mail programs cannot be written by everybody on the host.

    CIS Benchmarks: no file is writable for everybody.

    Why: Whoever gets any account on the host, a web application's too, reads all mail and runs programs as root.

    Fix: `chmod o-w FILE`; then see who changed it, and what else.
    """
    assert not writable_configuration, f"everybody may write {', '.join(writable_configuration[:5])}"


@pytest.mark.high
def check_common_files_readable(closed_common_files):
    """What programs of every user read can be read by all: resolv.conf, hosts, nsswitch.conf, Postfix's main.cf.

    Postfix sendmail(1) and postdrop(1) read main.cf as whoever calls them; the C library the others as each daemon.

    Why: Daemons without root's rights find no name server, and mail of web applications and jobs is refused; root's own tests
    all succeed.

    Fix: `chmod 644 FILE` (755 for a folder); a strict umask of whoever wrote it is the usual cause (`umask 022`).
    """
    assert not closed_common_files, f"root alone reads {', '.join(closed_common_files)}"


@pytest.mark.high
def check_temporary_folders_open(closed_temporary_folders):
    """Programs of every user can write in /tmp and /var/tmp.

    hier(7), FHS 3.0 §3.18 and §5.15: /tmp and /var/tmp are for programs that need temporary files; mode 1777.

    Why: Virus scanners, filters, Sieve's programs and apt work with temporary files: mail passes unscanned or is refused for a
    time, and updates are not found. Root's own tests all succeed.

    Fix: `chmod 1777 /tmp /var/tmp` (the 1 keeps users from removing each other's files); a restore or a copy of the file system is
    the usual cause.
    """
    assert not closed_temporary_folders, f"not for everybody to write: {', '.join(closed_temporary_folders)}"
