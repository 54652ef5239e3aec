"""Symptoms rest on checks that exist, and no symptom explains itself."""

from __future__ import annotations

import pytest

from checks import causes
from checks.evidence.log_events import Kind
from checks.evidence.replies import Reason
from checks.pages import catalogue

NAMED = [
    *((str(reason), check) for reason, row in causes.OF_REASON.items() for check in row),
    *((str(kind), check) for kind, row in causes.OF_KIND.items() for check in row),
]


@pytest.mark.parametrize(("symptom", "check"), NAMED)
def test_every_cause_is_a_check(symptom: str, check: str) -> None:
    assert check in catalogue(), symptom


def test_no_symptom_is_named_as_a_cause() -> None:
    assert not [check for _, check in NAMED if check.startswith(("traffic.", "logs."))]


def test_every_kind_of_trouble_that_counts_has_causes() -> None:
    assert not [kind for kind in Kind if kind not in causes.OF_KIND and kind not in (Kind.PROTOCOL, Kind.SUPPRESSED)]
    ours = {Reason.CONFIGURATION, Reason.DISK_FULL, Reason.DNS_FAILURE, Reason.CONNECTION_REFUSED, Reason.TLS_FAILURE}
    assert ours <= set(causes.OF_REASON)
