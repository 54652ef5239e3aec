"""Can the audit look into a host at all: the login, and the privilege behind it."""

import pytest

from checks.evidence.transcript import NoEvidence


@pytest.mark.high
def check_reached(login):
    """The host lets the audit log in over ssh.

    Policy connect_timeout: seconds that a login may take.

    Why: What cannot be looked into cannot be judged; every inside check of the host is unknown until it can.

    Fix: Try `ssh HOST id -u` as the user who runs the audit; see the host key, the key of the user, sshd, the firewall.
    """
    assert login.isdecimal(), f"`id -u` said {login!r}"


@pytest.mark.medium
def check_privileged(privilege):
    """The audit may read what only root can read.

    Policy become: how the audit gets root's view: sudo, batch, collector, none.

    Why: Queue files, firewall rules, private keys' modes and many logs can be read by root alone.

    Fix: Allow the audit's user `sudo -n`, install the script that `make collector` prints and set `mailassay_become:
    collector`, or use Ansible's own become with `mailassay_become: batch`.
    """
    if privilege != "root":
        raise NoEvidence(f"no root on this host: {privilege}")
    assert privilege == "root", privilege


@pytest.mark.medium
def check_daemons_seen(contained_daemons):
    """The daemons that do the host's work run where the audit can look at them.

    Policy roles: the roles say what a host must run.

    Why: What runs in a container has its own files, users and processes: only its ports and the host's resources are
    judged here.

    Fix: Give the container an sshd and list it as a host of its own, or leave it to the probes from outside.
    """
    if contained_daemons:
        raise NoEvidence(f"{', '.join(map(str, contained_daemons))}: the inside of containers is not supported")
    assert not contained_daemons, f"{contained_daemons}"


@pytest.mark.medium
def check_named(public_name):
    """The audit knows the public name of every mail host.

    Policy hostname: the host's public name, where its inventory name is not that.

    Why: Outside probes, certificates, reverse DNS and SPF are all judged by that name.

    Fix: Set mailassay_hostname for the host, or use its public name in the inventory.
    """
    assert "." in public_name, f"{public_name!r} is no domain name"
