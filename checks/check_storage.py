"""Storage: the room lasts, the disks are whole, and there is a copy of the mail."""

import pytest


@pytest.mark.medium
def check_room_lasts(room, policy):
    """At the rate at which it grows, every file system has room for the days to come.

    Policy disk_days: days for which the room must last.

    Why: A file system that is half empty today is full on Sunday, when nobody looks.

    Fix: `du -xh --max-depth=2 MOUNT | sort -h | tail` today and tomorrow: what grows? Logs that are not rotated, a mailbox
    in a loop, a quarantine that nobody empties.
    """
    seen = f"grows by {room.mib_a_day:.0f} MiB a day (over {room.hours:.0f} hours)"
    lasts = room.days is None or room.days >= policy.disk_days
    assert lasts, f"{room.filesystem.mount} {seen}, full in {room.days:.1f} days"


@pytest.mark.high
def check_takes_largest_message(spool):
    """The queue has room for the largest message that is taken.

    RFC 5321 §4.5.3.1: "every implementation MUST be able to receive objects of at least these sizes": what a server
    announces (SIZE), it must be able to store.

    Why: Postfix answers 452 "Insufficient system storage" to everybody once less than 1.5 times message_size_limit is free,
    or less than queue_minfree (postconf(5)), however small the message.

    Fix: Make room on the file system of queue_directory, or lower message_size_limit and queue_minfree: `postconf -e
    message_size_limit=52428800 queue_minfree=0 && postfix reload`.
    """
    free, needed = spool.filesystem.free_kib / 1024, spool.needed_kib / 1024
    assert free >= needed, f"{spool.filesystem.mount} has {free:.0f} MiB free; Postfix wants {needed:.0f} MiB"


@pytest.mark.high
def check_disks_whole(sound_disk):
    """No array has lost a member, and no disk expects to fail.

    RFC 5321 §6.1: "It MUST NOT lose the message for frivolous reasons, such as because the host later crashes or because
    of a predictable resource shortage."

    Why: The next disk to fail takes the mailboxes and the queue with it.

    Fix: `cat /proc/mdstat`, `mdadm --detail /dev/md0`, `zpool status`, `smartctl -a /dev/sda`: replace the disk, then let
    the array rebuild: `mdadm /dev/md0 --add /dev/sdX1`.
    """
    assert not sound_disk.trouble, f"{sound_disk.name}: {sound_disk.trouble}"


@pytest.mark.high
def check_backup_fresh(backup_age, policy):
    """Every backup that the inventory names was made lately.

    Policy backups: files, folders or units that show when a backup was made; none by default.

    Why: The day the disk dies is the wrong day to learn that the backup stopped in spring.

    Fix: Run it by hand and read what it says: `systemctl start UNIT; journalctl -u UNIT`; then see what should have started
    it: `systemctl list-timers`, `crontab -l`.
    """
    seen = "no backup is there" if backup_age == float("inf") else f"the last one is {backup_age:.0f} hours old"
    assert backup_age <= policy.backup_hours, seen


@pytest.mark.critical
def check_open_to_its_daemon(writing_place):
    """The daemon that keeps mail in a folder finds it writable, also within its unit's sandbox.

    Systemd systemd.exec(5), ProtectSystem, ReadOnlyPaths: the unit's processes see these paths read-only.

    Why: root and every test by hand can write there, and the daemon alone cannot: no mail is taken or delivered.

    Fix: `systemctl cat UNIT` shows the drop-in; add `ReadWritePaths=FOLDER` (systemctl edit UNIT), restart the unit.
    """
    assert "ro" not in writing_place.options, f"its daemon sees {writing_place.path} read-only"


@pytest.mark.high
def check_mail_outlives_reboot(kept_in):
    """Mail is kept on a disk, and not in memory.

    RFC 5321 §4.2.5: who has accepted a message must not lose it for frivolous reasons, such as a crash of the host.

    Why: A reboot or a loss of power, and all that waits is gone without a word to anybody.

    Fix: Stop the daemon, `umount FOLDER` and take the line out of /etc/fstab, copy what was in it to the disk, start it.
    """
    assert kept_in.type not in ("tmpfs", "ramfs"), f"{kept_in.path} is in memory ({kept_in.type})"


@pytest.mark.critical
def check_nothing_ages_out(aged_out):
    """No line of tmpfiles.d deletes mail that has reached some age.

    Systemd tmpfiles.d(5), AGE: what lies below the path and is older is deleted, each day by systemd-tmpfiles-clean.timer.

    Why: Users' older mail, or mail that waits, is gone the next morning, and nothing logs it.

    Fix: Put `-` in place of the age in the line, now: `systemd-tmpfiles --cat-config` shows its file. What was deleted
    comes back from the backup alone.
    """
    assert not aged_out, "; ".join(aged_out[:3])
