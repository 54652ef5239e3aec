"""Addresses that every mail server must have: somebody reads what is sent to them."""

import pytest


@pytest.mark.high
def check_postmaster_read(unread_names):
    """Mail to the host's postmaster reaches somebody.

    RFC 5321 §4.5.1: "Any system that includes an SMTP server supporting mail relaying or delivery MUST support the reserved mailbox "postmaster""

    Why: Whoever has trouble with our mail cannot tell us; lists of such servers are kept and used.

    Fix: `postmaster: root` and `root: PERSON@DOMAIN` in /etc/aliases, then `newaliases`.
    """
    assert "postmaster" not in unread_names, unread_names["postmaster"]


@pytest.mark.medium
def check_root_read(unread_root):
    """Mail to root reaches somebody.

    CIS Benchmarks: system mail is sent to a person who reads it.

    Policy root_mail: root's mail is read.

    Why: Failing cron jobs, full disks and dying RAIDs are reported there.

    Fix: `root: PERSON@DOMAIN` in /etc/aliases, then `newaliases`.
    """
    assert not unread_root, unread_root


@pytest.mark.medium
def check_abuse_read(unread_abuse):
    """Complaints about mail of a domain reach somebody.

    RFC 2142 §4: ABUSE is the mailbox for reports of inappropriate public behaviour.

    Why: Complaints that bounce end at block lists, and large receivers' feedback is lost.

    Fix: Give the domain an address abuse@DOMAIN in virtual_alias_maps (or `abuse: postmaster` in /etc/aliases), and read it.
    """
    assert not unread_abuse, unread_abuse
