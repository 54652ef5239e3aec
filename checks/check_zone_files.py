"""Zone files: what a DNS server of the site's own has in files is what it serves."""

import pytest


@pytest.mark.high
def check_load(unloadable_zones):
    """Every zone file of the host's DNS server can be loaded as it stands.

    RFC 1035 §5.2: a zone whose file has errors should not be loaded at all.

    Why: After a typing mistake the server goes on with the zone it had: the new SPF record or key never appears, and with
    the next restart the whole zone is gone, mail and all.

    Fix: `knotc zone-check ZONE` (BIND: `named-checkzone ZONE FILE`) names the line; correct it, then `knotc zone-reload ZONE`
    (`rndc reload ZONE`).
    """
    assert not unloadable_zones, "; ".join(unloadable_zones[:3])


@pytest.mark.high
def check_dkim_keys_strong(weak_zone_keys):
    """No zone of a mail domain publishes a DKIM key that others can break, not even one that nobody signs with any more.

    RFC 8301 §3.2: "Verifiers MUST NOT consider signatures using RSA keys of less than 1024 bits as valid signatures"; many
    still do.

    Why: A key of 512 bits is factored within a day: whoever does so signs in the domain's name, and passes DMARC.

    Fix: Take the record out of the zone, or revoke it (`SELECTOR._domainkey TXT "v=DKIM1; p="`), and reload the zone; mail
    that was signed with it has long arrived.
    """
    assert not weak_zone_keys, f"still published: {'; '.join(weak_zone_keys[:3])}"
