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
