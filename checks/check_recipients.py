"""Recipients: what an MX takes mail for, the other MXs take too, and the host that has the mailboxes knows."""

import pytest


@pytest.mark.high
def check_mailboxes_known(unknown_mailboxes):
    """Every mailbox that an MX takes mail for is known to Dovecot.

    Postfix postconf(5), virtual_mailbox_maps: tables with all valid addresses in the domains of virtual_mailbox_domains.

    Why: What Dovecot refuses after the MX has taken it is returned: users get nothing, and since most senders of spam are
    forged, strangers get the bounces.

    Fix: On the MX `postmap -s TYPE:TABLE | cut -f 1` lists the mailboxes; on the mailbox host `doveadm user ADDRESS` tells of
    each whether it is known. Create the user (in a passwd-file in small letters), or take the line out of the MX's table and
    `postmap` it. What is looked up as another name holds a character of Dovecot's recipient_delimiter: leave that out of it.
    """
    assert not unknown_mailboxes.number, str(unknown_mailboxes)


@pytest.mark.medium
def check_extensions_known(unknown_extensions):
    """Dovecot knows every character by which an MX tells an address extension.

    Postfix postconf(5), recipient_delimiter: the set of characters that can separate an address's local part from its extension.

    Dovecot recipient_delimiter: what separates the user from the detail in an address (+).

    Why: Mail to user+tag@domain, an address that users have given to somebody, is taken and then returned as to an unknown user.

    Fix: The same recipient_delimiter on both: in Dovecot's configuration, then `doveadm reload`, or on the MX
    `postconf -e recipient_delimiter=+ && postfix reload`.
    """
    assert not unknown_extensions, unknown_extensions


@pytest.mark.high
def check_alike_on_every_mx(lacking_mailboxes):
    """Every MX of a domain takes mail for the same mailboxes.

    RFC 5321 §5.1: a client may come to any of the hosts that the MX records name.

    Why: Mail to a user whom one MX does not know is refused for good whenever the sender comes to that one: now and then,
    and nobody can repeat it.

    Fix: `postmap -s TYPE:TABLE | cut -f 1 | sort` on each MX shows the users (`postconf virtual_mailbox_maps` the tables).
    Copy the table from the MX that has them, `postmap` it, and let one place make it for all (Ansible, LDAP, a database).
    """
    assert not lacking_mailboxes, "; ".join(lacking_mailboxes[:3])
