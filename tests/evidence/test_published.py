"""One record at one name: each way in which it can be there or not."""

from __future__ import annotations

import pytest

from checks.evidence import dkim_key, mta_sts, tls_rpt
from checks.evidence.published import published
from tests.evidence.zone import zone

NAME = "_mta-sts.example.org"


@pytest.mark.parametrize(
    ("records", "state", "others"),
    [
        (f"{NAME} TXT v=STSv1; id=1", "record", 0),
        (f"{NAME} TXT v=STSv1; id=1\n{NAME} TXT other", "record", 1),
        (f"{NAME} TXT v=STSv1; id=1\n{NAME} TXT v=STSv1; id=2", "several", 0),
        (f"{NAME} TXT v=STSv1; id=-", "invalid", 0),
        (f"{NAME} TXT v=STSv1", "none", 1),
        ("example.org A 192.0.2.1", "none", 0),
        (f"{NAME} TXT !timeout", "unknown", 0),
        (f"{NAME} TXT !SERVFAIL", "unknown", 0),
    ],
)
def test_states(records: str, state: str, others: int) -> None:
    found = published(NAME, zone(records, signed=True), mta_sts.select, mta_sts.parse_record)
    assert (found.state, len(found.others)) == (state, others)
    assert (found.record is not None) is (state == "record")
    assert bool(found.why) is (state != "record")
    assert found.authenticated is (state != "unknown")


def test_reads_other_kinds_of_record() -> None:
    found = published("_smtp._tls.example.org", zone("example.org A 192.0.2.1"), tls_rpt.select, tls_rpt.parse)
    assert found.state == "none"
    name = "s1._domainkey.example.org"
    key = published(name, zone(f"{name} TXT v=DKIM1; p="), tuple, dkim_key.parse)
    assert key.record is not None
    assert key.record.revoked
