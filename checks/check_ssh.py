"""sshd: its configuration can be read, and passwords do not let anybody in."""

import pytest


@pytest.mark.high
def check_valid(sshd_trouble):
    """sshd can read its configuration.

    OpenSSH sshd(8), -t: a configuration with an error keeps sshd from starting.

    Why: After the next restart or reboot nobody can get onto the host to mend anything.

    Fix: `sshd -t` names the file and line.
    """
    assert not sshd_trouble, sshd_trouble


@pytest.mark.high
def check_root_needs_key(root_by_password):
    """Root cannot log in with a password.

    OpenSSH sshd_config(5), PermitRootLogin: prohibit-password lets root in with a key only; no, not at all.

    Policy ssh_root_password: root needs a key.

    Why: The name is known; only the password is left to guess, and guessers try day and night.

    Fix: `PermitRootLogin prohibit-password` in /etc/ssh/sshd_config.d/, `sshd -t && systemctl reload ssh`. Plain `sshd -T`
    does not show what stands in a Match block: `sshd -T -C user=root,addr=ADDRESS,host=NAME` does.
    """
    assert not root_by_password, root_by_password


@pytest.mark.medium
def check_passwords_off(sshd_passwords):
    """sshd lets nobody in with a password.

    Lynis SSH-7408: PasswordAuthentication no.

    Policy ssh_passwords: people log in with keys.

    Why: One weak password among all users, or one that was used elsewhere, opens the host with everybody's mail.

    Fix: Give everybody a key, then `PasswordAuthentication no` and `KbdInteractiveAuthentication no` in
    /etc/ssh/sshd_config.d/, `sshd -t && systemctl reload ssh`. A Match block goes before: take the exception out of it.
    """
    assert not sshd_passwords, sshd_passwords
