"""Services: what a mail host must run is running, and starts again at the next boot."""

import pytest

# Where systemd starts no services that serve anybody (systemd.special(7)).
_NO_SERVICES = (
    "rescue.target",
    "emergency.target",
    "poweroff.target",
    "halt.target",
    "reboot.target",
    "basic.target",
    "sysinit.target",
)


@pytest.mark.high
def check_running(unit_state, last_words):
    """Every service that the host's roles ask for, or that is enabled on it, is running.

    Policy roles: the roles say which services a host must run.

    Why: Mail stops, or passes unsigned and unexamined, for as long as one of its services is down.

    Fix: `systemctl status UNIT` and `journalctl -u UNIT` tell why it ended; `systemctl start UNIT` (after
    `systemctl unmask UNIT` where it is masked). A service that is no longer needed: `systemctl disable UNIT`.
    """
    assert unit_state.works, f"{unit_state.unit}{last_words and f': {last_words}'}"


@pytest.mark.medium
def check_enabled(boot_state):
    """Every service that the host runs for mail is started at boot.

    Policy roles: the roles say which services a host must run.

    Why: After the next reboot, planned or not, the service stays down until somebody notices.

    Fix: `systemctl enable UNIT`; of a masked one `systemctl unmask UNIT`. Debian's postfix.service (before version 3.9) only
    calls postfix@-.service, which does the work.
    """
    unit = boot_state.unit
    assert boot_state.at_boot, f"{unit.name} is {unit.file_state or 'not enabled'}: it would not start at boot"


@pytest.mark.medium
def check_none_failed(failed_units):
    """No other unit of the host has failed.

    Policy failed_units: units that may be in the failed state.

    Why: A backup, a renewal of certificates or a log rotation that fails every night hurts when it is needed.

    Fix: `systemctl status UNIT`, mend the cause, then `systemctl reset-failed UNIT`.
    """
    assert not failed_units, f"failed: {', '.join(failed_units)}"


@pytest.mark.medium
def check_steady(restarts, policy):
    """No service has to be started again and again.

    Policy unit_restarts: how often systemd may start a service again within a week.

    Why: Between two starts it serves nobody: sessions break off, filters time out, and the queue grows in waves.

    Fix: `journalctl -u UNIT` around the restarts says why it ends: a crash, no memory, a watchdog, a setting.
    """
    assert restarts <= policy.unit_restarts, f"systemd has started it again {restarts} times"


@pytest.mark.medium
def check_cron_jobs_run(jobs_without_cron):
    """Jobs that somebody wrote for cron have a cron that runs them.

    cron(8): the daemon reads /etc/crontab, /etc/cron.d and the crontabs of users; without it they are files like any other.

    Why: New images often come without cron: backups, renewals and clean-ups that were copied there never run, and nobody is told.

    Fix: `apt install cron` (or `dnf install cronie`), or make a systemd timer of each job.
    """
    assert not jobs_without_cron, f"no cron runs here, and these wait for it: {', '.join(jobs_without_cron)}"


@pytest.mark.high
def check_configuration_valid(unreadable_configuration):
    """Every daemon beside the mail programs can read its configuration.

    Unbound unbound-checkconf(8); likewise `named-checkconf`, `knotc conf-check`, `rsyslogd -N1`, `fail2ban-client -t` and
    `chronyd -p`: the daemon's own test, which changes nothing.

    Why: It goes on with what it has until it is restarted, perhaps by night; then it stays down, or starts without what it cannot read.

    Fix: Run the daemon's test: it names file and line. Correct them, then reload the daemon.
    """
    assert not unreadable_configuration, unreadable_configuration


@pytest.mark.medium
def check_configuration_loaded(unread_configuration):
    """Every daemon beside the mail programs has read its configuration since it was written last.

    Systemd systemctl(1), reload, restart: a daemon reads its files when it is told to.

    Why: What was set is not in effect, and comes into effect unexpectedly, with the next restart.

    Fix: `systemctl reload UNIT` (rsyslog, journald, ClamAV and chrony: `systemctl restart UNIT`), and see that it does what was meant.
    """
    assert not unread_configuration, f"written since it was started or reloaded: {', '.join(unread_configuration[:5])}"


@pytest.mark.medium
def check_not_denied(denied_wishes):
    """No security module of the kernel keeps a mail program from its files and sockets.

    AppArmor apparmor.d(5): what no rule of the program's profile allows is denied, whatever the file's modes say; so does
    SELinux by domains.

    Why: The daemon says "Permission denied" about a file that everybody may read, and mail waits until somebody thinks of it.

    Fix: AppArmor: a rule in /etc/apparmor.d/local/PROFILE, `apparmor_parser -r /etc/apparmor.d/PROFILE`. SELinux:
    `restorecon -Rv FOLDER`, `semanage fcontext`, `ausearch -m avc -ts recent | audit2why`.
    """
    assert not denied_wishes, "; ".join(map(str, denied_wishes[:3]))


@pytest.mark.high
def check_boot_reaches_services(boot_target):
    """The host boots into a state in which its services run.

    systemd.special(7): rescue.target and emergency.target start a shell and hardly anything else.

    Why: Set for a repair and forgotten: after the next reboot, perhaps by night for an update, no mail server starts.

    Fix: `systemctl set-default multi-user.target`.
    """
    assert boot_target not in _NO_SERVICES, f"systemd boots into {boot_target}"


@pytest.mark.medium
def check_timers_wait(idle_timers):
    """Every timer that is enabled waits for its next time, and went off at its last.

    Policy timers: enabled timers do what they were enabled for.

    Why: What a timer starts is missed only when it is needed: updates, renewals of certificates, backups, clean-up.

    Fix: `systemctl list-timers --all`; `systemctl start TIMER`; a timer that is no longer wanted: `systemctl disable TIMER`.
    """
    assert not idle_timers, f"{'; '.join(idle_timers)}"


@pytest.mark.medium
def check_one_mta(mail_transfer_agents):
    """At most one mail transfer agent is enabled or running.

    Policy roles: a host has one mail server.

    Why: Two of them fight for port 25: which of them gets it after a reboot is a matter of luck.

    Fix: `systemctl disable --now` the one that is not wanted, or remove its package.
    """
    assert len(mail_transfer_agents) <= 1, f"enabled or running: {', '.join(mail_transfer_agents)}"


@pytest.mark.high
def check_sandbox_admits_network(shut_in_service):
    """A daemon that needs the network for its work is left the network by its unit.

    Systemd systemd.exec(5), RestrictAddressFamilies, PrivateNetwork; systemd.resource-control(5), IPAddressDeny: what they
    leave out, the unit's processes cannot reach.

    Why: The daemon runs, and its log alone tells that it reaches neither the DNS nor anybody else: signatures cannot be
    verified, mail is not taken or waits; by hand everything works.

    Fix: `systemctl cat UNIT` shows the drop-in; `RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK` in it (or
    without the line), `systemctl daemon-reload`, restart the unit.
    """
    assert not shut_in_service, shut_in_service
