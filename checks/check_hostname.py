"""The host's own names: full ones, that lead where they should."""

import pytest

from checks.evidence.lookup import of_the_world

_UNFIT = ("localhost", "localdomain", "(none)", "invalid")


@pytest.mark.medium
def check_full(hostname):
    """The host knows its full name.

    RFC 5321 §2.3.5: only fully-qualified domain names are used in SMTP.

    Why: Mail servers take their name from it: HELO, Message-IDs and local senders then are names that exist nowhere.

    Fix: `hostnamectl set-hostname mail.example.org`, and a line `ADDRESS mail.example.org mail` in /etc/hosts.
    """
    name = hostname.full.rstrip(".").lower()
    assert "." in name and name.rpartition(".")[2] not in _UNFIT, f"hostname -f: {hostname.full or 'nothing'}"  # noqa: PT018 - one matter


@pytest.mark.low
def check_mailname_full(mailname):
    """The name in /etc/mailname is a full one.

    Debian Policy §11.6: /etc/mailname holds the name that outgoing mail of local users carries.

    Why: Mail of cron jobs and applications has senders that nobody can answer, and that receivers refuse.

    Fix: Write the domain, or the host's full name, into /etc/mailname; then restart the mail server.
    """
    assert "." in mailname.strip("."), f"/etc/mailname: {mailname}"


@pytest.mark.high
def check_localhost_is_loopback(localhost_addresses):
    """localhost is this machine.

    RFC 6761 §6.3: localhost names resolve to the loopback address.

    Why: Filters, policy servers and databases that are asked at localhost are asked somewhere else, or nowhere.

    Fix: `127.0.0.1 localhost` and `::1 localhost` in /etc/hosts.
    """
    assert not localhost_addresses, f"localhost: {', '.join(localhost_addresses)}"


@pytest.mark.low
def check_not_loopback(own_loopback):
    """The host's public name does not lead to itself alone on the host.

    RFC 5321 §5.1: a server finds itself among a domain's servers by its name and addresses.

    Policy own_name_public: in /etc/hosts the public name has public addresses.

    Why: Mail that should go to another server behind the same name, or be looped back through it, stays here; HELO tests
    that the host makes of itself fail.

    Fix: In /etc/hosts give the name its real address instead of 127.0.1.1, or remove the line.
    """
    assert not own_loopback, f"/etc/hosts: {'; '.join(own_loopback)}"


@pytest.mark.high
def check_sender_domain_real(sender_domain):
    """Mail of local programs carries a domain that exists in the world.

    Postfix postconf(5), myorigin: "The domain name that locally-posted mail appears to come from".

    RFC 5321 §2.3.5: only resolvable, fully-qualified domain names are permitted in addresses.

    Why: Reports of cron and alarms of the monitoring are refused everywhere ("sender domain not found").

    Fix: `postconf -e 'myorigin = $mydomain'` (or $myhostname) with a domain of yours, `postfix reload`.
    """
    assert of_the_world(sender_domain), f"myorigin is {sender_domain}"
