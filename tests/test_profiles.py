"""Profiles ask for what they say, a site's own choices go before them, and the report tells who asked."""

from __future__ import annotations

import pytest

from checks.pages import catalogue
from checks.policy import PolicyProblem, keys, policy, profiles
from checks.run import recorded_inventory
from checks.target import fleet
from reports.required import required


def test_every_profile_holds_keys_and_values_that_exist() -> None:
    assert {"baseline", "strict", "internet.nl", "google-yahoo-sender"} <= set(profiles())
    assert all(
        profile.title and profile.authority and set(profile.keys) <= set(keys()) for profile in profiles().values()
    )


def test_a_sites_choice_goes_before_a_profile_and_a_later_profile_before_an_earlier_one() -> None:
    made = policy({"mailassay_profile": ["strict", "internet.nl"], "mailassay_disk_full_percent": 7}, "mx1")
    assert (made.disk_full_percent, made.disk_low_percent, made.dmarc_policies) == (7, 20, ("quarantine", "reject"))
    assert (made.by("disk_full_percent"), made.by("disk_low_percent")) == ("this site", "profile strict (mailassay)")
    assert made.by("dmarc_policies").startswith("profile internet.nl (Internet.nl")
    assert made.by("clock_offset") == keys()["clock_offset"].authority


def test_without_a_profile_the_defaults_hold() -> None:
    assert policy({}, "mx1").disk_full_percent == policy({"mailassay_profile": ["baseline"]}, "mx1").disk_full_percent


def test_a_profile_may_switch_a_check_off_and_a_site_on_again() -> None:
    assert not policy({"mailassay_profile": ["google-yahoo-sender"]}, "mx1").asks("dnssec")
    assert policy({"mailassay_profile": ["google-yahoo-sender"], "mailassay_dnssec": True}, "mx1").asks("dnssec")


def test_a_misspelt_profile_stops_the_run_and_names_the_nearest() -> None:
    with pytest.raises(PolicyProblem, match=r"no profile 'strickt'; did you mean strict\?"):
        policy({"mailassay_profile": ["strickt"]}, "host mx1")


def test_the_report_tells_what_was_required_of_whom_and_by_whom() -> None:
    hosts: dict[str, dict[str, object]] = {
        "mx1": {"mailassay_roles": ["mx"], "mailassay_profile": ["strict"]},
        "mx2": {"mailassay_roles": ["mx"], "mailassay_dkim_bits": 3072},
    }
    rows = required(fleet(recorded_inventory("acme", hosts)).hosts, catalogue().values())
    found = {(row["key"], row["value"], row["by"]): row["hosts"] for row in rows}
    assert found["dkim_bits", "3072", "this site"] == ["mx2"]
    assert found["spf_all", "-all", "profile strict (mailassay)"] == ["mx1"]
    assert found["vrfy_silent", "yes", keys()["vrfy_silent"].authority] == []
    assert not [row for row in rows if row["key"] in ("roles", "profile", "keep_runs")]
