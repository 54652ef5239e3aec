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
