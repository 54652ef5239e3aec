"""An example of a site's own checks: what this house asks of its hosts, beyond what mail needs."""

import pytest


@pytest.mark.low
def check_owner_named(login_message):
    """Whoever logs in is told who looks after the host.

    Policy of the house: /etc/motd names the team, so that nobody has to search for it at night.

    Why: In an incident, minutes go by until somebody knows whom to call.

    Fix: Write the team and its telephone into /etc/motd: `echo 'Mail team, ext. 4711' | sudo tee -a /etc/motd`.
    """
    assert "team" in login_message.lower(), f"/etc/motd says {login_message!r}"
