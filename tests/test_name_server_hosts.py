"""Name servers are compared by what they say of a name itself, and not by what one of them knows besides."""

from __future__ import annotations

from checks.evidence.zone import own_records

ALIAS = "MX1.example.org. 3600 IN CNAME mx.provider.example.\n"
BEHIND = "mx.provider.example. 300 IN A 192.0.2.25\n"
SIGNED = "mx1.example.org. 3600 IN A 192.0.2.11\nmx1.example.org. 3600 IN RRSIG A 13 3 3600 20261226000808 x\n"


def test_what_is_behind_an_alias_makes_no_difference() -> None:
    """A server that serves the other zone as well adds its records; one that does not sends the alias alone."""
    assert own_records("mx1.example.org", "A", ALIAS + BEHIND) == own_records("mx1.example.org", "A", ALIAS)
    assert own_records("mx1.example.org", "A", ALIAS) == ("CNAME mx.provider.example.",)


def test_addresses_of_the_name_itself_are_compared() -> None:
    assert own_records("mx1.example.org", "A", SIGNED) == ("192.0.2.11",)
    assert own_records("mx1.example.org", "A", "") == ()
    assert own_records("mx1.example.org", "A", "cut off\n") == ()
