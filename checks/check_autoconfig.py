"""Automatic configuration, where a domain offers it: mail programs that are set up anew find its servers by themselves."""

import pytest


@pytest.mark.low
def check_served(autoconfig_fault):
    """Mail programs can read what the domain tells of its servers.

    Mozilla ISPDB configuration file format 1.1: programs fetch https://autoconfig.DOMAIN/mail/config-v1.1.xml.

    Why: The name is there, and programs that follow it get an error or a warning; people then type settings by guess.

    Fix: Serve the file under that name with a certificate for it, or remove the name from the DNS.
    """
    assert not autoconfig_fault, autoconfig_fault


@pytest.mark.medium
def check_leads_here(configured_trouble):
    """The servers that mail programs are told of serve them, on that port and under that name.

    Mozilla ISPDB configuration file format 1.1: hostname, port and socketType of incomingServer and outgoingServer.

    Why: Programs that are set up anew ask a server that is gone, or in a way that it does not speak.

    Fix: Correct config-v1.1.xml: hostname, port, and socketType SSL for 465 and 993, STARTTLS for 587 and 143.
    """
    assert not configured_trouble, configured_trouble
