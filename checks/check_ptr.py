"""Reverse DNS: the name behind a sending address."""

import pytest


@pytest.mark.high
def check_answered(reverse_trouble):
    """The name of every address that sends mail can be looked up.

    RFC 2317 §4: the address block's owner delegates the reverse zone, or names in it, to servers that answer.

    Why: Receivers put the mail off until it is returned ("450 4.7.1 cannot find your hostname"), over one IP version alone.

    Fix: `dig -x ADDRESS +trace` shows where it ends: name servers that are gone, or a signature that has run out; have
    whoever owns the address block delegate it to servers that answer.
    """
    assert not reverse_trouble, reverse_trouble


@pytest.mark.high
def check_exists(reverse):
    """Every address that sends mail has a name.

    RFC 1912 §2.1: "Every Internet-reachable host should have a name."

    Why: Google, Microsoft and most others refuse mail from addresses without PTR (Gmail: 550 5.7.25).

    Fix: Ask whoever owns the address block (usually the provider's panel) for a PTR that names the server.
    """
    assert reverse.names, f"{reverse.address} has no PTR record"


@pytest.mark.high
def check_forward_confirmed(reverse):
    """The name of a sending address leads back to that address.

    RFC 8601 §3: the iprev test compares the addresses of the PTR's name with the client's.

    Why: A name that does not lead back proves nothing, and counts as none.

    Fix: Publish the A or AAAA record of the PTR's name, or correct the PTR.
    """
    assert not reverse.names or reverse.confirmed, (
        f"{reverse.address} is {', '.join(reverse.names)}, which is not {reverse.address}"
    )


@pytest.mark.medium
def check_each_confirmed(reverse):
    """Each of a sending address's names leads back to it, where it has several.

    RFC 1912 §2.1: "Make sure your PTR and A records match." RFC 8601 §3 looks at all names, but many servers at one alone.

    Why: Postfix and others look at the name that comes first, which changes: now and then a receiver calls the host "unknown"
    and refuses.

    Fix: Take the former name out of the reverse zone, or give it the address again.
    """
    seen = f"{reverse.address} is also {', '.join(reverse.unconfirmed[:3])}, which is not {reverse.address}"
    assert not reverse.confirmed or not reverse.unconfirmed, seen


@pytest.mark.medium
def check_not_generic(generic_names, reverse):
    """The name of a sending address does not look like a customer line's.

    Policy generic_ptr: generic names are not accepted.

    Why: Receivers score or refuse names made of the address itself, or with words such as dyn, pool and dsl in them.

    Fix: Ask for a PTR that is the server's own name.
    """
    assert not generic_names, f"{reverse.address}: {'; '.join(generic_names)}"
