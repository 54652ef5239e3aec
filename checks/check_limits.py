"""Limits: no daemon, and not the kernel, is about to run out of what it may have."""

import pytest


@pytest.mark.medium
def check_files_left(process_files, policy):
    """Every daemon may open more files and connections than it has open.

    Policy descriptors_percent: percent of its own limit that a process may hold.

    Why: "Too many open files": the daemon takes no connection more, while the kernel has plenty of handles left.

    Fix: `prlimit --nofile -p PID`; for the unit `systemctl edit UNIT`: `[Service]`, `LimitNOFILE=65536`, then restart it;
    find out what it holds: `ls -l /proc/PID/fd | tail`.
    """
    seen = (
        f"{process_files.process} ({process_files.pid}) holds {process_files.used} of {process_files.most} open files"
    )
    assert process_files.percent <= policy.descriptors_percent, seen


@pytest.mark.medium
def check_tasks_left(unit_tasks, policy):
    """Every service may start more processes and threads than it has.

    Policy tasks_percent: percent of its TasksMax that a unit may have.

    Why: At the limit fork() fails: "Resource temporarily unavailable", no process for the next connection.

    Fix: `systemctl edit UNIT`: `[Service]`, `TasksMax=4096`; or find out why so many are needed: `systemd-cgtop -p`.
    """
    seen = f"{unit_tasks.name} has {unit_tasks.tasks} of {unit_tasks.most} tasks"
    assert unit_tasks.percent <= policy.tasks_percent, seen


@pytest.mark.high
def check_connections_left(tracked_connections, policy):
    """The firewall can remember more connections than there are.

    Policy connections_percent: percent of the table of tracked connections that may be taken.

    Why: "nf_conntrack: table full, dropping packet": new connections of everybody are lost at random.

    Fix: `sysctl -w net.netfilter.nf_conntrack_max=262144` (and in /etc/sysctl.d); who has them all:
    `conntrack -L 2>/dev/null | grep -o 'src=[^ ]*' | sort | uniq -c | sort -n | tail`.
    """
    seen = f"{tracked_connections.used} of {tracked_connections.most} connections are tracked"
    assert tracked_connections.percent <= policy.connections_percent, seen


@pytest.mark.low
def check_syn_cookies_on(syn_cookies):
    """A flood of half-open connections does not shut everybody out.

    RFC 4987 §3.6: SYN cookies let a host answer without remembering each half-open connection.

    Why: A few thousand forged packets a second fill the queue of half-open connections, and port 25 answers nobody.

    Fix: `sysctl -w net.ipv4.tcp_syncookies=1`, and in /etc/sysctl.d; the setting holds for IPv6 as well.
    """
    assert syn_cookies in ("1", "2"), f"net.ipv4.tcp_syncookies = {syn_cookies}"


@pytest.mark.high
def check_file_size_enough(file_room):
    """Every daemon of mail may write files as large as a message.

    setrlimit(2), RLIMIT_FSIZE: a process that writes beyond it is ended by SIGXFSZ, or told "File too large".

    Policy message_size: least octets that a message may have.

    Why: Small mail arrives, and messages with attachments wait in the queue of the server before, and are returned.

    Fix: Take LimitFSIZE out of the unit (`systemctl cat UNIT`, `systemctl edit UNIT`), or `ulimit -f` out of its script and
    fsize out of /etc/security/limits.conf, then restart it. Logs are kept small by logrotate.
    """
    assert file_room.enough, str(file_room)
