"""ClamAV: its daemon answers, and knows the viruses of today."""

import pytest


@pytest.mark.high
def check_answers(asked_clamav):
    """ClamAV's daemon answers those who ask it to examine mail.

    ClamAV clamd(8): commands come over its socket; VERSION is answered at once.

    Why: Mail waits for its examination, or passes unexamined, as the filter that asks is set up.

    Fix: `systemctl restart clamav-daemon`, and `journalctl -u clamav-daemon`: it needs 1 to 2 GB of memory, and its socket
    (LocalSocket in clamd.conf) must be where the filter asks.
    """
    assert asked_clamav.said, f"no answer: {asked_clamav.trouble}"


@pytest.mark.high
def check_signatures_fresh(signature_age, policy):
    """ClamAV's signatures are fresh.

    Policy clamav_hours: hours that the newest signatures may be old; they appear daily.

    Why: New viruses are passed through; a version that is no longer supported gets no signatures at all.

    Fix: `freshclam` says why; `systemctl enable --now clamav-freshclam`; update ClamAV if it is cut off as too old.
    """
    assert signature_age <= policy.clamav_hours, f"the newest signatures are {signature_age / 24:.1f} days old"


@pytest.mark.high
def check_version_supported(asked_clamav, scanner_end, clock):
    """ClamAV's version still gets signatures.

    ClamAV end-of-life policy: versions whose support has ended may be cut off from new signatures (checks/support.yml).

    Why: It goes on saying "no virus found", and knows none of the new ones.

    Fix: `apt-get install --only-upgrade clamav-daemon` (Debian keeps it current in stable-updates), restart clamav-daemon.
    """
    assert clock.date() <= scanner_end, f"ClamAV {asked_clamav.version}: support ended on {scanner_end}"


@pytest.mark.medium
def check_signatures_writable(signature_folder):
    """Freshclam can write to the folder of the signatures.

    ClamAV freshclam.conf(5), DatabaseOwner: it works as that user (clamav), in DatabaseDirectory.

    Why: Signatures grow old from that day on, and new viruses pass.

    Fix: `chown -R clamav:clamav /var/lib/clamav`, then `systemctl restart clamav-freshclam` and read `journalctl -u` of it.
    """
    assert not signature_folder, signature_folder
