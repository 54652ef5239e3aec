"""Logs: what mail programs say is written, kept, and read by those who should."""

import pytest


@pytest.mark.high
def check_written(log_silence, policy):
    """What the mail programs do appears in their log.

    Policy log_lag_minutes: minutes by which the log may be older than the last thing that happened to mail.

    Why: A log that has gone quiet looks like a quiet night: nobody sees what fails, and fail2ban bans nobody.

    Fix: `systemctl status rsyslog systemd-journald`; `df -h /var/log`; `logger -p mail.info test` and look whether it
    arrives; `postconf maillog_file`, `doveconf log_path`.
    """
    assert log_silence.minutes <= policy.log_lag_minutes, f"{log_silence}"


@pytest.mark.medium
def check_written_where_read(log_held_elsewhere):
    """The logging process writes the file that has the log's name, and not one that was renamed or deleted.

    logrotate(8), postrotate: whoever writes a log must be told that it was renamed.

    Why: After a rotation without a signal the log stays empty, and the deleted file fills the disk unseen.

    Fix: `systemctl kill -s HUP rsyslog` (Postfix: `postfix logrotate`; Dovecot: `doveadm log reopen`); then put it into the
    postrotate script of /etc/logrotate.d.
    """
    assert not log_held_elsewhere, log_held_elsewhere


@pytest.mark.high
def check_writable_by_logger(written_log):
    """The syslog daemon may write the mail log as the user that it runs as.

    Rsyslog, $PrivDropToUser: after its start it gives up root for that user, and opens its files as him.

    Why: Not a line is written any more, though it runs: nobody sees what fails, and fail2ban, which reads the log, bans nobody.

    Fix: Take `$PrivDropToUser` and `$PrivDropToGroup` out of /etc/rsyslog.conf (Debian's rsyslog stays root), or give him the
    files: `chown USER:adm FILE`, `create 0640 USER adm` in /etc/logrotate.d and `$FileOwner USER`; then
    `systemctl restart rsyslog`.
    """
    assert not written_log.trouble, f"the daemon {written_log.trouble}"


@pytest.mark.medium
def check_private(present_log):
    """Nobody but administrators can read the mail log.

    Policy logs_private: mail logs are for root and the group adm alone.

    Why: It tells every user of the host who writes to whom.

    Fix: `chmod 0640` and `chown root:adm` now; `$FileCreateMode 0640` of rsyslog.conf, `create 0640 root adm` of
    /etc/logrotate.d for the next one.
    """
    found = [each for each in (present_log.files.present, *present_log.files.older[:3]) if each.mode & 0o004]
    seen = ", ".join(f"{each.path} has mode {each.mode:04o}" for each in found)
    assert not found or not present_log.files.folder_open, seen


@pytest.mark.low
def check_size(present_log, log_octets, policy):
    """The log is of a size that can still be searched.

    Policy log_mib: MiB that one log file may have.

    Why: A log of many gigabytes fills the disk, and whoever searches it in an outage waits.

    Fix: Rotate daily, or by `maxsize 500M`, in /etc/logrotate.d; look for what fills it: a loop, a debug setting.
    """
    mib = log_octets / 1048576
    assert mib <= policy.log_mib, f"{present_log.place.path} has {mib:.0f} MiB"


@pytest.mark.low
def check_rotated(log_turnover):
    """The log is rotated.

    logrotate(8): a log that no rule names is never rotated.

    Why: It grows until the disk is full, and mail stops.

    Fix: A rule in /etc/logrotate.d that names it; `logrotate -d /etc/logrotate.conf` shows what would be done;
    `systemctl status logrotate.timer logrotate.service`.
    """
    rule = log_turnover.rule
    due = 2 * rule.days + 2 if rule and rule.days else float("inf")
    should = f"it should be rotated every {rule.days:.0f} days" if rule else "no rule of logrotate names it"
    in_time = rule is not None and log_turnover.days <= due and not log_turnover.asleep
    why = log_turnover.asleep or f"its first line is {log_turnover.days:.0f} days old"
    assert in_time, f"{should}; {why}"


@pytest.mark.medium
def check_rotation_readable(log_rotations):
    """Logrotate can read all of its configuration.

    logrotate.conf(5): a file with an error is skipped as a whole.

    Why: It passes over a file with an error, and whatever that file names grows until the disk is full.

    Fix: `logrotate -d /etc/logrotate.conf` names file and line; packages leave copies (.dpkg-old) that name a log twice.
    """
    assert not log_rotations.errors, "; ".join(log_rotations.errors[:3])


@pytest.mark.low
def check_kept(kept_journal, policy, clock):
    """The journal, where it is the only log, outlives a boot and reaches back for days.

    Policy log_days: days that lines of mail are kept.

    Why: Users ask on Monday what became of Friday's mail, and after a crash the log is what tells why.

    Fix: `mkdir -p /var/log/journal`, `Storage=persistent` and `SystemMaxUse=1G` in /etc/systemd/journald.conf.d/mail.conf,
    then `systemctl restart systemd-journald`.
    """
    days = (clock.timestamp() - kept_journal.first) / 86400 if kept_journal.first else 0.0
    lasts = not kept_journal.full or days >= policy.log_days
    where = "in memory only, and is gone with the next boot" if kept_journal.volatile else f"for {days:.1f} days"
    room = f"it may take {kept_journal.most / 1024:.0f} MiB"
    kept = lasts and not kept_journal.volatile
    assert kept, f"the journal is kept {where}; {room}"


@pytest.mark.low
def check_files_kept(days_kept, policy):
    """Rotated logs are kept for days.

    Policy log_days: days that lines of mail are kept.

    Why: Users ask on Monday what became of Friday's mail, and the answer was deleted.

    Fix: In the rule of /etc/logrotate.d that names the log: `daily` with `rotate 14`, or `weekly` with `rotate 4`.
    """
    assert days_kept >= policy.log_days, f"rotated logs are deleted after {days_kept:g} days"


@pytest.mark.low
def check_files_forgotten(days_kept_at_most, policy):
    """Old logs, which tell who wrote to whom, are deleted after a time.

    Policy log_days_most: days after which they must be gone; 0 where the site does not say.

    Why: They are personal data; what is not needed any more must not be kept (GDPR, article 5).

    Fix: A smaller `rotate` in the rule of /etc/logrotate.d that names the log, or `maxage`.
    """
    assert days_kept_at_most <= policy.log_days_most, f"rotated logs are kept for {days_kept_at_most:g} days"


@pytest.mark.high
def check_levels_kept(dropped_levels):
    """The journal drops no lines of mail programs for their level.

    Systemd journald.conf(5), MaxLevelStore, MaxLevelSyslog; systemd.exec(5), LogLevelMax: lines above it are dropped.

    Why: Who connected and what became of each message is told at level info: only complaints are left, no mail can be
    traced, and fail2ban sees no guesser.

    Fix: Take the setting out of /etc/systemd/journald.conf.d/ (`systemd-analyze cat-config systemd/journald.conf` tells
    where it stands), `systemctl restart systemd-journald`; LogLevelMax: `systemctl cat UNIT`, `systemctl daemon-reload`.
    """
    assert not dropped_levels, f"lines of level info are dropped by {', '.join(dropped_levels)}"


@pytest.mark.high
def check_reach_their_writer(unforwarded):
    """The journal hands what mail programs say to rsyslog, which writes the mail log.

    Systemd journald.conf(5), ForwardToSyslog: whether lines that journald takes are passed on to a syslog daemon.

    Why: Everything is in the journal and nothing in the mail log: it stands still, and fail2ban, which reads it, bans nobody.

    Fix: `systemd-analyze cat-config systemd/journald.conf` tells where the setting stands; take it out of there, then
    `systemctl restart systemd-journald`. Or let rsyslog read the journal: `module(load="imjournal")` in rsyslog.conf.
    """
    assert not unforwarded, f"journald.conf: {unforwarded}, and rsyslog does not read the journal itself"


@pytest.mark.medium
def check_forwarding_blocks_nothing(blocking_forwards):
    """A log server that cannot be reached does not stop the logs on this host.

    Rsyslog, reliable forwarding: an action that is tried for ever needs a queue of its own (queue.type="LinkedList").

    Why: While the log server is away nothing is written here either, fail2ban sees no guesser, and programs that log wait.

    Fix: Add `queue.type="LinkedList" queue.filename="fwd" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"` to the
    action, or take out `action.resumeRetryCount="-1"`; `rsyslogd -N1`, `systemctl restart rsyslog`.
    """
    assert not blocking_forwards, f"tried for ever, without a queue: {'; '.join(blocking_forwards[:2])}"


@pytest.mark.high
def check_no_fatal(fatal):
    """No daemon of a mail program gave up with a fatal error since it was started.

    Postfix DEBUG_README: "panic" is a bug or a broken machine, "fatal" an error that a process cannot go on after.

    Why: Postfix starts such a process again and again, each time for nothing; mail waits, or is refused.

    Fix: The line names what is wrong: a file, a table, a permission, memory. After mending it `postfix reload` (Dovecot:
    `doveadm reload`); lines from before that are not counted.
    """
    assert not fatal.lines, f"{len(fatal.lines)} times: {fatal}"


@pytest.mark.medium
def check_no_trouble(trouble, policy):
    """No daemon complains again and again of what it works with: filters, tables, the login service, disk, limits.

    Policy log_warnings: lines of one kind from which on they count.

    Why: Each such line is a message put off or refused, while all services seem to run.

    Fix: The line names the filter, table or service; `postfix reload` (`doveadm reload`) after mending it: lines from
    before that are not counted.
    """
    assert len(trouble.lines) < policy.log_warnings, f"{len(trouble.lines)} times: {trouble}"


@pytest.mark.high
def check_lines_kept(discarding_rules):
    """Nothing is thrown away of what mail programs say of deliveries, logins and refusals.

    rsyslog.conf(5): `stop` (formerly ~) ends a line's way; rules that come later never see it.

    Dovecot info_log_path: where lines of level info go, among them each login and each delivery; log_path: all others.

    Why: Nobody can tell what became of a message, and fail2ban sees no attack.

    Fix: Take the rule out, or let it match the noise alone (`:msg, contains, "…"`); then `systemctl restart rsyslog`. A
    program's setting that names /dev/null: take it out (`doveconf -n`, `postconf -n`, `exim -bP log_file_path`), reload it.
    """
    assert not discarding_rules, f"thrown away before it is kept: {discarding_rules[0]}"


@pytest.mark.high
def check_open_to_its_daemon(log_place):
    """The syslog daemon finds the folder of logs writable, also within its unit's sandbox.

    Systemd systemd.exec(5), ProtectSystem, ReadOnlyPaths: the unit's processes see these paths read-only.

    Why: Nothing is logged any more, and fail2ban and all who count by the log see nothing; by hand everything can be written.

    Fix: `systemctl cat rsyslog` shows the drop-in; add `ReadWritePaths=/var/log` (systemctl edit rsyslog), restart it.
    """
    assert "ro" not in log_place.options, f"rsyslog sees {log_place.path} read-only"


@pytest.mark.medium
def check_complete(lost_lines):
    """The logging daemons drop no lines of mail programs.

    Systemd journald.conf(5), RateLimitBurst: what a service says beyond it is dropped; rsyslog's inputs have the like.

    Why: The lines that tell what became of a message are missing just when much happens, and fail2ban sees half.

    Fix: `LogRateLimitIntervalSec=0` in a drop-in of the mail service (`systemctl edit postfix@-.service`), or
    `RateLimitBurst=100000` in journald.conf; rsyslog: `SysSock.RateLimit.Interval="0"` of imuxsock.
    """
    assert not lost_lines, f"{len(lost_lines)} times in a day, at last: {lost_lines[-1]}"


@pytest.mark.medium
def check_panic_log_empty(panic_log):
    """Exim's panic log is empty.

    Exim specification, chapter 52 "Log files": the panic log ought to be empty; it tells of failures that need a person.

    Why: What stands there is a broken configuration, a full disk or a tainted file name, and each is mail that stopped.

    Fix: Read it, mend what it says, then empty it: `: > /var/log/exim4/paniclog`.
    """
    assert not panic_log, f"{panic_log[0]} lines, at last: {panic_log[-1]}"


@pytest.mark.low
def check_understood(understood, policy):
    """What the log says can be understood.

    Policy log_unknown_percent: percent of lines that may be of a kind that nobody knows.

    Why: What mailassay does not understand it cannot judge; the lines are shown, so that a person can.

    Fix: Look at them; a line format of your own, a patched daemon or another program of the same name is harmless.
    """
    percent = 100 * understood.unparsed / understood.lines
    assert percent <= policy.log_unknown_percent, f"{understood.unparsed} unknown lines in {understood}"


@pytest.mark.medium
def check_server_reachable(log_server):
    """The log server that rsyslog sends to takes connections.

    Rsyslog omfwd, omrelp: lines for a server that is away wait in a queue, and are thrown away when it is full.

    Why: The log server, where one looks after a break-in, has nothing of this host, and nobody is told.

    Fix: `ss -tn dst SERVER`; start the log server, let the port through its firewall, or correct the target in /etc/rsyslog.d.
    """
    assert log_server.made, str(log_server)


@pytest.mark.low
def check_sent_elsewhere(log_destinations):
    """The mail log is sent to another host as well.

    Policy log_remote: mail logs are collected elsewhere; by default nobody asks for it.

    Why: Whoever breaks in deletes the log first, and a dead disk takes it along.

    Fix: `*.* @@logs.example.org:514` in /etc/rsyslog.d, `systemd-journal-upload`, or the agent of your log server.
    """
    assert log_destinations, "no rule of the syslog daemon and no running agent sends it anywhere"
