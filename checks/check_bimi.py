"""BIMI, where the site asks for it: mailbox providers show the domain's logo beside its mail."""

import pytest


@pytest.mark.low
def check_published(bimi_record):
    """The domain says where its logo is.

    IETF draft-brand-indicators-for-message-identification §4.2: the record is a TXT at default._bimi.DOMAIN.

    Policy bimi: domains that send mail have a logo.

    Why: Mailbox providers show initials, as they do for everybody.

    Fix: Publish `default._bimi.DOMAIN TXT "v=BIMI1; l=https://…/logo.svg; a=https://…/mark.pem"`.
    """
    assert bimi_record.state == "record", bimi_record.why


@pytest.mark.low
def check_backed_by_dmarc(bimi_obstacle):
    """All mail in the domain's name is under DMARC enforcement.

    IETF draft-brand-indicators-for-message-identification §7.1: the policy is quarantine or reject, for all mail and
    for subdomains.

    Policy bimi: domains that send mail have a logo.

    Why: Providers show no logo for a domain that anybody may use.

    Fix: p=quarantine or p=reject, no sp=none, and no pct below 100.
    """
    assert not bimi_obstacle, bimi_obstacle


@pytest.mark.low
def check_logo_usable(bimi_svg_fault):
    """The logo can be fetched, and is of the kind that providers show.

    IETF draft-svg-tiny-ps-abrotman §2: SVG Tiny Portable/Secure: no scripts, nothing from elsewhere, a title.

    Policy bimi: domains that send mail have a logo.

    Why: Providers throw any other picture away.

    Fix: Convert it (bimigroup.org has tools), serve it by HTTPS as image/svg+xml, 32 KB at most.
    """
    assert not bimi_svg_fault, bimi_svg_fault
