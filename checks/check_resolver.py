"""The resolver of a sending host: what it hears from the DNS is what the domains have published."""

import pytest


@pytest.mark.medium
def check_validates(host_validation):
    """The resolver of a host that sends to the Internet validates DNSSEC.

    RFC 7672 §2.1: DANE needs a validating resolver that the mail server can trust.

    Policy resolver_validates: hosts that send ask a validating resolver.

    Why: Whoever can forge an answer redirects the host's mail; DANE and other domains' MX records protect nothing.

    Fix: `apt-get install unbound`, and `nameserver 127.0.0.1` in /etc/resolv.conf; `dig +dnssec NS .` must show the flag ad.
    """
    assert not host_validation, host_validation


@pytest.mark.high
def check_asked_by_programs(name_for_programs):
    """Programs on the host ask the DNS for names.

    nsswitch.conf(5), hosts: the sources of host names, in the order in which the C library asks them.

    Why: Mail programs do not find their mailbox server, their database or whoever connects, while `dig` finds everything.

    Fix: `hosts: files dns` in /etc/nsswitch.conf, then restart the mail daemons.
    """
    found, lost = name_for_programs
    assert found, lost
