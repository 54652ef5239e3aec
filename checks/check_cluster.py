"""HA pairs: one node is active, and the other stands by."""

import pytest


@pytest.mark.critical
def check_one_active(cluster):
    """Of an HA pair exactly one node is active.

    Policy active: the address that the active node holds, or false for the node that stands by.

    Why: While none is active nobody takes mail. Two nodes that hold one address answer by turns, and part the queue and
    the mail store between them.

    Fix: keepalived: `systemctl status keepalived`, and let VRRP (IP protocol 112) through between the nodes; pacemaker:
    `crm_mon -1`, then `crm resource cleanup` or `pcs resource cleanup`; `ip address show` tells who holds the address.
    """
    assert not cluster.trouble, cluster.trouble
