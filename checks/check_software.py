"""Software: supported, patched, and running in the version that is installed."""

import pytest


@pytest.mark.high
def check_supported(release, support_end, clock):
    """The operating system's release still gets security updates.

    Policy supported_release: an unsupported release must not run a mail server.

    Why: A hole found tomorrow in Postfix, Exim, Dovecot or OpenSSL stays open for good.

    Fix: Plan the upgrade to the next release (RHEL: `leapp`, `elevate`); the release notes name what changes.
    """
    assert clock.date() <= support_end, f"{release.pretty}: support ended on {support_end}"


@pytest.mark.low
def check_tables_current(own_table_age, policy):
    """The suite's own tables of support ends and known holes are current.

    Policy tables_days: days since the tables were last compared with their sources.

    Why: A table that knows nothing of this year calls software supported and free of known holes that is neither.

    Fix: Update mailassay (`git pull`), or compare the table with the sources that it names, and set its `checked`.
    """
    assert own_table_age <= policy.tables_days, f"last compared with its sources {own_table_age} days ago"


@pytest.mark.critical
def check_no_takeover_holes(open_holes, mail_package):
    """No program of the host has a known hole by which strangers take hosts over.

    checks/evidence/holes.yml: each hole with the version that mends it, in each release of the distribution.

    Why: Such holes are used by worms within days of being published, and everybody's mail is read and sent by others.

    Fix: `apt-get update && apt-get install --only-upgrade PACKAGE` (`dnf upgrade PACKAGE`), restart the daemon. If the host
    stood open for days, look for strangers on it first: new accounts, cron jobs, keys in /root/.ssh/authorized_keys.
    """
    found = [f"{hole.id} ({hole.what})" for hole in open_holes if hole.rank == "takeover"]
    assert not found, f"{mail_package.name} {mail_package.version} has {', '.join(found)}"


@pytest.mark.high
def check_no_abused_flaws(open_holes, mail_package):
    """No program of the host has a known flaw by which strangers send or read mail in others' names.

    checks/evidence/holes.yml: each flaw with the version that mends it, in each release of the distribution.

    Why: With SMTP smuggling strangers send mail in the name of your users, and SPF and DMARC pass.

    Fix: `apt-get update && apt-get install --only-upgrade PACKAGE` (`dnf upgrade PACKAGE`), restart it; Postfix also needs
    smtpd_forbid_bare_newline (postfix_settings.bare_newlines_refused).
    """
    found = [f"{hole.id} ({hole.what})" for hole in open_holes if hole.rank == "abuse"]
    assert not found, f"{mail_package.name} {mail_package.version} has {', '.join(found)}"


@pytest.mark.high
def check_security_updates_installed(waiting):
    """No security update waits to be installed.

    Policy security_updates: security updates are installed as they appear.

    Why: A published fix is also a published hole; mail servers are scanned for it within hours.

    Fix: `apt-get upgrade` (`dnf upgrade --security`), then restart what it names.
    """
    names = [str(u) for u in waiting if u.security]
    assert not names, f"{len(names)} wait: {', '.join(names[:10])}"


@pytest.mark.medium
def check_package_lists_fresh(lists_age, lost_proxy, policy):
    """The host knows which updates there are.

    Policy package_lists_days: days since the archives were last asked.

    Why: Without fresh lists "no updates pending" means nothing.

    Fix: `apt-get update`; see why apt-daily.timer does not: `systemctl status apt-daily.timer apt-daily.service` (RHEL:
    `dnf makecache`, dnf-makecache.timer).
    """
    why = f"; apt fetches by {lost_proxy}, a name that this host cannot resolve" if lost_proxy else ""
    assert lists_age <= policy.package_lists_days, f"package lists are {lists_age:.0f} days old{why}"


@pytest.mark.low
def check_updates_automatic(automatic_updates):
    """Security updates are installed without anybody having to think of it.

    Policy automatic_updates: security updates install themselves.

    Why: The update that nobody installed is how most mail servers are broken into.

    Fix: `apt-get install unattended-upgrades && dpkg-reconfigure unattended-upgrades`; enable apt-daily-upgrade.timer.
    RHEL: `dnf install dnf-automatic`, `apply_updates = yes` in /etc/dnf/automatic.conf, enable dnf-automatic.timer.
    """
    assert automatic_updates == "on", f"unattended upgrades are {automatic_updates}"


@pytest.mark.medium
def check_packages_may_restart_services(restart_ban):
    """Packages may start and restart their services when they are updated.

    Debian invoke-rc.d(8): where /usr/sbin/policy-rc.d exits with 101, no action on a service is allowed.

    Why: Security updates are installed, and the old program with its holes goes on running; new services never start.

    Fix: `rm /usr/sbin/policy-rc.d` (left by the installer or an image for containers), then restart what is outdated.
    """
    assert not restart_ban, restart_ban


@pytest.mark.medium
def check_no_replaced_libraries(replaced_libraries):
    """Every daemon runs the program and the libraries that are installed.

    Policy restart_after_update: daemons are restarted after their libraries were replaced.

    Why: A daemon keeps the old OpenSSL, hole and all, until it is restarted: patched on disk, open on the wire.

    Fix: Restart the named units: `systemctl restart UNIT`, or let `needrestart` do it.
    """
    assert not replaced_libraries, f"{len(replaced_libraries)} old files in use: {'; '.join(replaced_libraries[:5])}"


@pytest.mark.medium
def check_no_reboot_pending(reboot_required):
    """No update waits for a reboot.

    Policy reboot_after_update: the host is rebooted when an update asks for it.

    Why: The kernel or libc that was fixed is not the one that runs.

    Fix: Drain the host, `systemctl reboot`, see mail flow again.
    """
    assert not reboot_required, f"reboot required by {reboot_required}"


@pytest.mark.medium
def check_packages_whole(package_states):
    """Every package is installed and configured.

    Debian Policy §6.5: an upgrade that is interrupted leaves packages unpacked or half configured.

    Why: Their daemons were stopped and not started, or run beside files of another version; apt refuses further updates.

    Fix: `dpkg --configure -a`, then `apt-get -f install`; `dpkg --audit` explains each. RHEL: `dnf check`, then
    `dnf remove --duplicates`.
    """
    broken = [f"{state.package} ({state.trouble})" for state in package_states if state.trouble]
    assert not broken, f"{len(broken)} not whole: {', '.join(broken[:10])}"


@pytest.mark.low
def check_no_held_packages(package_states, policy):
    """No package is kept from being updated.

    Policy held_packages: packages that may be on hold.

    Why: A hold that was meant for a week keeps security updates out for years.

    Fix: `apt-mark unhold PACKAGE`. RHEL: `dnf versionlock delete PACKAGE`, `excludepkgs` in /etc/dnf/dnf.conf.
    """
    held = [s.package for s in package_states if s.held and s.package not in policy.held_packages]
    assert not held, f"on hold: {', '.join(held[:10])}"


@pytest.mark.low
def check_mail_servers_updated(updates_left_out, policy):
    """Automatic updates leave out no package of the mail servers.

    Unattended-upgrades README: what Package-Blacklist names by regular expressions is not upgraded, nor what needs it.

    Policy held_packages: packages that may be on hold, or left out of automatic updates.

    Why: An exception that was meant for one bad update keeps security updates out for years, and everything says "on".

    Fix: `apt-config dump Unattended-Upgrade`; take the entry out of Package-Blacklist in /etc/apt/apt.conf.d/ (`grep -rn
    Blacklist /etc/apt/apt.conf.d/`). If the package is updated by hand: `mailassay_held_packages: [PACKAGE]`.
    """
    names = [package for package in updates_left_out if package not in policy.held_packages]
    assert not names, f"never updated by unattended-upgrades: {', '.join(names[:10])}"


@pytest.mark.high
def check_security_archive_known(security_archive, debian):
    """The host asks an archive for security updates of its release.

    Policy security_archive: security updates come from an archive of their own.

    Why: Without it "no update waits" is always true, and no hole is ever closed.

    Fix: Debian: `deb http://deb.debian.org/debian-security CODENAME-security main` in /etc/apt/sources.list; Ubuntu:
    `CODENAME-security`; then `apt-get update`.
    """
    assert security_archive, (
        f"no archive with security updates for {debian.codename or debian.pretty} among apt's lists"
    )


@pytest.mark.high
def check_security_archive_heeded(security_passed_over):
    """apt takes what the archive of security updates offers.

    apt_preferences(5): of several versions the one with the highest priority is installed; a negative priority prevents it.

    Why: A pin, or APT::Default-Release, hides each security update: apt and unattended-upgrades say that nothing waits.

    Fix: `apt-cache policy` shows the priorities. Take the pin out of /etc/apt/preferences and /etc/apt/preferences.d/;
    APT::Default-Release needs a pattern that fits CODENAME-security as well: `/^CODENAME(|-security|-updates)$/`.
    """
    assert not security_passed_over, f"the security archive is passed over: {security_passed_over}"


@pytest.mark.medium
def check_archives_signed(unsigned_archives):
    """Every archive that packages come from must be signed.

    Policy archives_signed: packages are taken from signed archives only.

    Why: Whoever sits on the path to the archive installs what he likes, as root.

    Fix: Take `trusted=yes` (`Trusted: yes`, `AllowInsecureRepositories`) away and name the archive's key with Signed-By.
    RHEL: `gpgcheck=1` and the key's `gpgkey=` in /etc/yum.repos.d/.
    """
    assert not unsigned_archives, f"unsigned packages are let in by {', '.join(unsigned_archives)}"


@pytest.mark.medium
def check_newest_kernel_runs(kernel):
    """The host runs the newest kernel that is installed.

    Policy reboot_after_update: the host is rebooted when an update asks for it.

    Why: The kernel that was mended lies on the disk, and the one with the hole runs.

    Fix: Drain the host, `systemctl reboot`, see mail flow again.
    """
    assert kernel.patched or kernel.newest == kernel.running, f"{kernel.running} runs, {kernel.newest} is installed"


@pytest.mark.high
def check_programs_unchanged(changed_programs):
    """The programs that mail and logins pass through are those that their packages brought.

    Policy programs_unchanged: nobody replaces the programs of packages; settings may differ.

    Why: A changed sshd or mail server is how intruders stay and read along; a broken disk changes files, too.

    Fix: Find out who did it before you mend it. `dpkg --verify PACKAGE` shows all; `apt-get install --reinstall PACKAGE`
    (`rpm -V PACKAGE`, `dnf reinstall PACKAGE`).
    """
    assert not changed_programs, f"{len(changed_programs)} differ: {', '.join(changed_programs[:10])}"


@pytest.mark.critical
def check_nothing_preloaded(strange_preloads):
    """No library that belongs to no package is loaded into every program.

    ld.so(8): what /etc/ld.so.preload names is loaded before all else, into the programs of root as well.

    Why: Rootkits do it, to read passwords and hide themselves; and an own library that breaks stops every daemon at once.

    Fix: If you did not put it there, treat the host as taken: keep a copy, take it off the network, install it anew, change
    all passwords and keys. If you did, load it for the one service that needs it (`Environment=LD_PRELOAD=` in its unit).
    """
    assert not strange_preloads, f"/etc/ld.so.preload: {', '.join(strange_preloads)}"


@pytest.mark.high
def check_programs_where_root_writes(programs_in_open_folders):
    """No service, cron job or process runs a program out of a folder where everybody may write.

    Filesystem Hierarchy Standard §3.18, §5.15: /tmp and /var/tmp are for temporary files; programs live in /usr and /opt.

    Why: It is where intruders put their programs, to send spam as your web server or a mail account; and any user of the host
    may replace such a program.

    Fix: See who owns it and what it does (`systemctl cat UNIT`, `ls -l /proc/PID/exe`). If nobody put it there, treat the
    account as taken: stop it, look for what it sent, change its secrets. If somebody did, move it to /usr/local/bin.
    """
    assert not programs_in_open_folders, "; ".join(programs_in_open_folders[:3])
