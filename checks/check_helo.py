"""HELO: the name by which a host that sends mail greets other servers."""

import pytest

from checks.evidence.lookup import of_the_world


@pytest.mark.high
def check_full_name(helo_name):
    """The host greets other servers by its full name.

    RFC 5321 §4.1.1.1: the argument of EHLO is the client's fully-qualified domain name.

    Why: Many receivers refuse "localhost", bare names and names that no DNS can hold (504 5.5.2, 550 5.7.1).

    Fix: Postfix: `postconf -e myhostname=NAME`, and no smtp_helo_name; Exim: primary_hostname; OpenSMTPD: `relay helo NAME`.
    """
    assert of_the_world(helo_name), f"EHLO {helo_name}"


@pytest.mark.medium
def check_resolves(helo_addresses, full_helo):
    """The name that the host greets by has an address.

    RFC 5321 §2.3.5: "Only resolvable, fully-qualified domain names (FQDNs) are permitted when domain names are used in SMTP."

    Why: Receivers that look the name up (Postfix: reject_unknown_helo_hostname) refuse the mail, others count it as spam.

    Fix: Publish an A or AAAA record of the name, or greet by the name that the addresses' PTR records give.
    """
    assert helo_addresses, f"EHLO {full_helo}: no A and no AAAA record"


@pytest.mark.low
def check_matches_ptr(helo_reverse, full_helo):
    """The name that the host greets by is that of the address it sends from.

    Policy helo_is_ptr: the name in EHLO is the one that the address's PTR record gives.

    RFC 5321 §4.1.4: a server must not refuse mail only because the name does not fit; filters may count it.

    Why: It is among the first things that filters look at, and that a human at the other end asks about.

    Fix: Postfix: `postconf -e myhostname=NAME`, with the name of the PTR record; or have the PTR record changed.
    """
    wanted = full_helo.rstrip(".").lower()
    others = [f"{r.address} is {', '.join(r.names)}" for r in helo_reverse if r.names and wanted not in r.names]
    assert not others, f"EHLO {full_helo}, but {'; '.join(others)}"
