"""OpenDMARC: its configuration can be read, and it heeds the results that it judges by."""

import pytest


@pytest.mark.high
def check_valid(opendmarc_trouble):
    """OpenDMARC can read its configuration.

    OpenDMARC opendmarc(8), -n: tests the configuration; with an error in it the daemon does not start.

    Why: After the next restart mail waits for it, or comes in unexamined.

    Fix: `opendmarc -n` names the line; opendmarc.conf(5) the settings.
    """
    assert not opendmarc_trouble, opendmarc_trouble


@pytest.mark.high
def check_heeds_dkim(mistrusted_results):
    """OpenDMARC heeds the DKIM results of this host's OpenDKIM.

    RFC 8601 §5: results are heeded only under authentication service names that are trusted.

    Why: To DMARC no message is signed: forwarded mail of domains with p=reject is refused, though its signature is good.

    Fix: Set AuthservID in opendkim.conf and TrustedAuthservIDs in opendmarc.conf to the same name; restart both.
    """
    assert not mistrusted_results, (
        f"OpenDKIM writes its results as {mistrusted_results}, which OpenDMARC does not trust"
    )


@pytest.mark.high
def check_sees_spf(spf_examiners):
    """OpenDMARC learns what SPF says before it refuses mail.

    RFC 9989 §4.4.2: SPF counts for DMARC, beside signatures, if the domain that it was asked of and that of From are of one
    organization.

    Why: Mail that is aligned by SPF alone, unsigned, is refused for its own domain's p=reject.

    Fix: `SPFSelfValidate true` in opendmarc.conf, then restart it; or a program before it that writes SPF results (a policy
    server such as pypolicyd-spf).
    """
    assert spf_examiners, "it refuses (RejectFailures), SPFSelfValidate is off, and nothing before it examines SPF"


@pytest.mark.high
def check_asked_after_dkim(milter_order):
    """Postfix asks OpenDKIM before OpenDMARC.

    Postfix MILTER_README: milters are asked in the order in which they are listed.

    Why: OpenDMARC sees no DKIM result, as that is not there yet, and refuses or quarantines good mail.

    Fix: List OpenDKIM first in smtpd_milters, `postfix reload`.
    """
    places = [
        "dmarc"
        if "dmarc" in name or name.endswith(":8893")
        else "dkim"
        if "dkim" in name or name.endswith(":8891")
        else ""
        for name in milter_order
    ]
    assert places.index("dkim") < places.index("dmarc"), f"asked in this order: {', '.join(milter_order)}"
