"""Exim: its configuration can be read, and is what the daemon runs with."""

import pytest


@pytest.mark.critical
def check_valid(exim_trouble):
    """Exim can read its configuration.

    Exim spec, chapter 6: an error in the run time configuration is written to the panic log, and Exim gives up.

    Why: The daemon runs on with what it read before, but every delivery reads the file anew, and fails.

    Fix: `exim -bV` (Debian: `exim4 -bV`) names the line; mend it, on Debian in /etc/exim4 and then `update-exim4.conf`.
    """
    assert not exim_trouble, exim_trouble


@pytest.mark.medium
def check_loaded(unloaded_exim_files):
    """Exim was started after its configuration was written last.

    Exim spec, chapter 6: the daemon reads the file when it is started; SIGHUP makes it start anew.

    Why: What was changed is in effect for deliveries and not for clients; the surprise comes with the next restart.

    Fix: `systemctl reload exim4`.
    """
    assert not unloaded_exim_files, f"written since Exim was started: {', '.join(unloaded_exim_files)}"
