"""Accounts of the mail host itself: who is root, who needs no password, and which services could log in."""

import pytest


@pytest.mark.critical
def check_root_alone_is_root(roots):
    """No account but root has user number 0.

    CIS Benchmarks: root is the only account with UID 0.

    Why: A second root is how intruders come back; nobody looks for it.

    Fix: Find out who made it and when (`ls -l /etc/passwd /etc/shadow`, `last`), then `userdel -f NAME`; look for more.
    """
    others = [each.name for each in roots if each.name != "root"]
    assert not others, f"root as well: {', '.join(others)}"


@pytest.mark.critical
def check_password_needed(without_password):
    """No account can be used without a password.

    CIS Benchmarks: every account has a password, or is locked.

    Why: Whoever gets at a login, by ssh, su or the console, is in.

    Fix: `passwd -l NAME`, or give it a password.
    """
    assert not without_password, f"without a password: {', '.join(map(str, without_password))}"


@pytest.mark.medium
def check_services_cannot_log_in(service_logins):
    """Nobody can log in as one of the system's services.

    CIS Benchmarks: system accounts have no login shell.

    Policy service_logins: services' accounts are not for logging in.

    Why: A mail user or a web server's account with a shell and a password is tried by every guesser, and owns all mail.

    Fix: `usermod -s /usr/sbin/nologin NAME && passwd -l NAME`.
    """
    assert not service_logins, f"can log in: {', '.join(map(str, service_logins))}"


@pytest.mark.low
def check_forwards_declared(foreign_forwards):
    """Users' mail is sent on only to domains that the site knows of.

    CISA ScubaGear MS.EXO.1.1: automatic forwarding to external domains shall be disabled.

    Policy forward_domains: domains of others that users may forward their mail to.

    Why: A forward that an intruder left reads along for years; and what is sent on breaks SPF, and counts as our spam.

    Fix: Ask the users; declare what is wanted as mailassay_forward_domains.
    """
    assert not foreign_forwards, f"forwarded to: {', '.join(foreign_forwards[:5])}"
