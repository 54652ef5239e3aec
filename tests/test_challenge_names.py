"""Port 80 is tried only where the authority comes to this host: at a name of the certificate that is the host's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checks.evidence.challenge import Challenge
from checks.fixtures.challenge import renewed_here
from checks.resolve import Skip

HOST: Any = SimpleNamespace(public_name="Mx1.example.org")
WAYS = (Challenge("other", "webroot"), Challenge("mail", "webroot"))


def served(*names: str, certificate: str = "mail") -> Any:
    path = f"/etc/letsencrypt/live/{certificate}/fullchain.pem"
    return (SimpleNamespace(leaves=((path, SimpleNamespace(names=names)),)),)


def test_a_certificate_with_the_hosts_own_name_is_renewed_here() -> None:
    assert renewed_here(HOST, WAYS, served("imap.example.org", "mx1.example.org")).certificate == "mail"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (served("imap.example.org"), r"the names of the certificate \(imap.example.org\), and not to mx1.example.org"),
        (served("*.example.org"), "and not to mx1.example.org"),  # authorities prove these by DNS alone
        (served("mx1.example.org", certificate="bought"), "renews no certificate"),
        ((), "renews no certificate"),
    ],
)
def test_names_that_lead_elsewhere_are_not_judged(found: Any, why: str) -> None:
    with pytest.raises(Skip, match=why):
        renewed_here(HOST, WAYS, found)
