"""Resources: a mail server without room, memory or processor time defers mail, then loses it."""

import pytest


@pytest.mark.high
def check_disk_not_full(room_left, policy):
    """Every file system has room left.

    Policy disk_full_percent: percent that must be free, below which mail is about to stop.

    Why: Postfix refuses mail (452) when its queue's file system has less than 1.5 times message_size_limit; mailboxes
    and logs on a full file system lose what is written next.

    Fix: `du -xh --max-depth=2 MOUNT | sort -h | tail`; rotate logs, empty quarantine and old backups, or grow it.
    """
    left = f"{room_left.free_percent:.1f} % ({room_left.free_kib // 1024} MiB)"
    assert room_left.free_percent >= policy.disk_full_percent, f"{room_left.mount} has {left} free"


@pytest.mark.medium
def check_disk_roomy(room_left, policy):
    """Every file system has room for the growth to come.

    Policy disk_low_percent: percent that should be free.

    Why: From here to full is a matter of days on a busy server, and of one night with a runaway log.

    Fix: `du -xh --max-depth=2 MOUNT | sort -h | tail`; plan for growth.
    """
    full = room_left.free_percent < policy.disk_full_percent  # told by resources.disk_not_full already
    left = f"{room_left.free_percent:.1f} %"
    assert full or room_left.free_percent >= policy.disk_low_percent, f"{room_left.mount} has {left} free"


@pytest.mark.low
def check_boot_has_room(boot_room):
    """Another kernel fits into /boot.

    Debian Kernel Handbook §4: a new version is unpacked, and its initial file system made, beside the one that runs.

    Why: The next security update of the kernel stops half-way, and all packages behind it wait.

    Fix: `apt-get autoremove --purge` takes away kernels that are no longer needed (RHEL: `dnf remove --oldinstallonly`).
    """
    room, needed = boot_room.free_kib / 1024, boot_room.needed_kib / 1024
    assert room >= needed, f"{room:.0f} MiB free, and a kernel takes {needed:.0f} MiB"


@pytest.mark.high
def check_deleted_files_freed(filling_files):
    """No deleted file that a process still holds open fills a file system.

    unlink(2): a file's space is given back only when the last process has closed it.

    Why: The disk is full, mail stops, and `du` finds nothing that could be removed.

    Fix: Restart the service that holds it: `systemctl restart UNIT`, or `kill PID`; `ls -l /proc/PID/fd` shows the file. Of
    a log: let logrotate tell its writer (postrotate).
    """
    assert not filling_files, f"deleted and still open: {', '.join(map(str, filling_files[:3]))}"


@pytest.mark.high
def check_inodes_left(filesystem, policy):
    """Every file system can take more files.

    Policy inodes_full_percent: percent of inodes that must be free.

    Why: Maildir and the queue keep a file for each message; without inodes nothing can be delivered, though `df` shows room.

    Fix: `df -i`; find the folder with most files: `du --inodes -x MOUNT | sort -n | tail`.
    """
    left = filesystem.free_inodes_percent
    assert left >= policy.inodes_full_percent, f"{filesystem.mount} has {left:.1f} % of its inodes free"


@pytest.mark.critical
def check_writable(mail_filesystem):
    """The file systems that hold mail, queue and logs can be written to.

    RFC 5321 §6.1: "It MUST NOT lose the message for frivolous reasons, such as because the host later crashes or because
    of a predictable resource shortage."

    Why: After a disk error Linux remounts a file system read-only; mail stops at once, and so does the log that would say so.

    Fix: `dmesg | grep -i 'remount\\|I/O error'`; mend or replace the disk, fsck, then `mount -o remount,rw MOUNT`.
    """
    assert not mail_filesystem.read_only, f"{mail_filesystem.mount} ({mail_filesystem.type}) is mounted read-only"


@pytest.mark.medium
def check_memory_left(memory, policy):
    """There is memory left for the next process.

    Policy memory_low_percent: percent of memory that must be available.

    Why: Without memory the kernel kills the largest process: the virus scanner, the mail store, the database.

    Fix: `ps aux --sort=-rss | head`; lower process limits (default_process_limit, Dovecot's vsz_limit) or add memory.
    """
    left = f"{memory.available_percent:.0f} % ({memory.available // 1024} MiB) of memory available"
    swap = f", swap {memory.swap_used_percent:.0f} % used" if memory.swap_total else ""
    assert memory.available_percent >= policy.memory_low_percent, left + swap


@pytest.mark.medium
def check_swap_left(swap, policy):
    """The swap space is not used up.

    Policy swap_used_percent: percent of the swap space that may be in use.

    Why: What is swapped out answers slowly, and when the swap is full as well, the kernel kills processes.

    Fix: `grep VmSwap /proc/*/status | sort -k2n | tail` names those who were swapped out; give them less to do, or the host
    more memory.
    """
    seen = f"swap {swap.swap_used_percent:.0f} % used of {swap.swap_total // 1024} MiB"
    assert swap.swap_used_percent <= policy.swap_used_percent, seen


@pytest.mark.medium
def check_not_stalled(stall, policy):
    """Work seldom waits for a processor, a disk or memory.

    Policy stall_percent: percent of the last five minutes in which some process waited.

    Why: Mail that waits for a disk is answered late: clients give up, and sessions pile up until the limits are reached.

    Fix: `cat /proc/pressure/*`; who waits for the disk: `ps -eo state,pid,comm | grep ^D`; for memory and processors `top`.
    """
    seen = f"some process waited for {stall.resource} in {stall.percent:.0f} % of the last five minutes"
    assert stall.percent <= policy.stall_percent, seen


@pytest.mark.high
def check_no_oom_kills(oom_kills):
    """The kernel has killed no process for want of memory in the last week.

    RFC 5321 §6.1: "It MUST NOT lose the message for frivolous reasons, such as because the host later crashes or because
    of a predictable resource shortage."

    Why: A killed scanner or mail store drops the sessions it held; what it was writing may be lost.

    Fix: The lines name the process; give it less to do, or the host more memory.
    """
    assert not oom_kills, f"killed for want of memory {len(oom_kills)} times, last: {oom_kills[-1][-200:]}"


@pytest.mark.medium
def check_load_bearable(load, policy):
    """The processors keep up with the work.

    Policy load_per_processor: load average over 15 minutes that one processor may have.

    Why: An overloaded server greets late, times out in milters and looks like an outage to its clients.

    Fix: `top -b -n1 | head -20`; a flood of mail, a scanner or a backup is the usual cause.
    """
    seen = f"load {load.fifteen:g} over 15 minutes on {load.processors} processors"
    assert load.per_processor <= policy.load_per_processor, seen


@pytest.mark.medium
def check_file_handles_left(open_files, policy):
    """The kernel has file handles left.

    Policy file_handles_percent: percent of file handles that may be in use.

    Why: Without handles no connection is taken and no file opened: "Too many open files" everywhere at once.

    Fix: `cat /proc/sys/fs/file-nr`; raise fs.file-max, and find who holds them: `lsof | awk '{print $1}' | sort | uniq -c`.
    """
    seen = f"{open_files.used} of {open_files.most} file handles in use"
    assert open_files.percent <= policy.file_handles_percent, seen
