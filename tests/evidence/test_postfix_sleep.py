"""How long Postfix's lists keep those waiting whom they let in."""

import pytest

from checks.evidence.postfix_sleep import kept_waiting


def test_lists_before_one_reply_are_added_up() -> None:
    """With smtpd_delay_reject all of them are gone through at RCPT."""
    lists = {"client": "permit_mynetworks, sleep 40", "recipient": "reject_unauth_destination sleep 50"}
    assert kept_waiting(lists, delay_reject=True) == (("smtpd_client_restrictions, smtpd_recipient_restrictions", 90),)
    assert [seconds for _, seconds in kept_waiting(lists, delay_reject=False)] == [40, 50]


@pytest.mark.parametrize(
    "value", ["permit_sasl_authenticated, sleep 90, reject", "permit, sleep 90", "sleep", "sleep x"]
)
def test_those_who_are_refused_do_not_count(value: str) -> None:
    assert not kept_waiting({"recipient": value}, delay_reject=True)
