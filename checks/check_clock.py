"""Time: signatures, certificates, greylists and logs all rest on a right clock."""

import pytest


@pytest.mark.high
def check_right(seconds_ahead, policy):
    """The host's clock is right.

    Policy clock_offset: seconds by which it may differ from the clock of the machine that runs the audit.

    Why: Certificates seem expired or not yet valid, DKIM and DNSSEC signatures fail, mail carries a wrong Date, and logs
    cannot be compared.

    Fix: `timedatectl`; start the time service (`systemctl start chrony`), step the clock once with `chronyc makestep`.
    """
    assert abs(seconds_ahead) <= policy.clock_offset, f"{seconds_ahead:+.0f} s against the audit's clock"


@pytest.mark.medium
def check_kept(time_clients):
    """Exactly one service keeps the host's clock.

    Policy time_service: one time synchronisation service runs.

    Why: Without one the clock drifts by seconds a day; two of them pull against each other.

    Fix: `apt-get install chrony` (or enable systemd-timesyncd) and disable any other.
    """
    assert len(time_clients) == 1, f"time services running: {', '.join(time_clients) or 'none'}"


@pytest.mark.medium
def check_source_named(lost_time):
    """What keeps the host's clock has somebody to ask for the time, and asks.

    Chrony chrony.conf(5), server, pool: without one of them the clock is only measured against itself; chronyc(1),
    offline: chronyd no longer asks such a source, until it is told `online`. Of systemd-timesyncd and ntpd it is seen whether
    anybody answers them.

    Why: The service runs and the clock drifts all the same, by seconds a day, until signatures and logins fail.

    Fix: `pool 2.debian.pool.ntp.org iburst` (or your own servers) in /etc/chrony/chrony.conf, `systemctl restart chrony`.
    systemd-timesyncd: `NTP=` in /etc/systemd/timesyncd.conf; is UDP port 123 let out? Sources that were set offline:
    `chronyc online`, and look for what does it: a script of the network's, a suspended VPN.
    """
    assert not lost_time, lost_time
