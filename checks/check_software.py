"""Software: supported, patched, and running in the version that is installed."""

import pytest


@pytest.mark.high
def check_supported(release, support_end, clock):
    """The operating system's release still gets security updates.

    Policy supported_release: an unsupported release must not run a mail server.

    Why: A hole found tomorrow in Postfix, Exim, Dovecot or OpenSSL stays open for good.

    Fix: Plan the upgrade to the next release; `apt list --installed` and the release notes name what changes.
    """
    assert clock.date() <= support_end, f"{release.pretty}: support ended on {support_end}"


@pytest.mark.high
def check_security_updates_installed(waiting):
    """No security update waits to be installed.

    Policy security_updates: security updates are installed as they appear.

    Why: A published fix is also a published hole; mail servers are scanned for it within hours.

    Fix: `apt-get upgrade`, then restart what it names.
    """
    names = [f"{u.package} {u.installed} → {u.candidate}" for u in waiting if u.security]
    assert not names, f"{len(names)} wait: {', '.join(names[:10])}"


@pytest.mark.medium
def check_package_lists_fresh(lists_age, policy):
    """The host knows which updates there are.

    Policy package_lists_days: days since the archives were last asked.

    Why: Without fresh lists "no updates pending" means nothing.

    Fix: `apt-get update`; see why apt-daily.timer does not: `systemctl status apt-daily.timer apt-daily.service`.
    """
    assert lists_age <= policy.package_lists_days, f"package lists are {lists_age:.0f} days old"


@pytest.mark.low
def check_updates_automatic(automatic_updates):
    """Security updates are installed without anybody having to think of it.

    Policy automatic_updates: security updates install themselves.

    Why: The update that nobody installed is how most mail servers are broken into.

    Fix: `apt-get install unattended-upgrades && dpkg-reconfigure unattended-upgrades`; enable apt-daily-upgrade.timer.
    """
    assert automatic_updates == "on", "unattended upgrades are off"


@pytest.mark.medium
def check_no_replaced_libraries(replaced_libraries):
    """Every daemon runs the libraries that are installed.

    Policy restart_after_update: daemons are restarted after their libraries were replaced.

    Why: A daemon keeps the old OpenSSL, hole and all, until it is restarted: patched on disk, open on the wire.

    Fix: Restart the named units: `systemctl restart UNIT`, or let `needrestart` do it.
    """
    assert not replaced_libraries, (
        f"{len(replaced_libraries)} old libraries in use: {'; '.join(replaced_libraries[:5])}"
    )


@pytest.mark.medium
def check_no_reboot_pending(reboot_required):
    """No update waits for a reboot.

    Policy reboot_after_update: the host is rebooted when an update asks for it.

    Why: The kernel or libc that was fixed is not the one that runs.

    Fix: Drain the host, `systemctl reboot`, see mail flow again.
    """
    assert not reboot_required, f"reboot required by {reboot_required}"
