"""What unattended-upgrades leaves out is matched as it does itself, at the beginning of a package's name."""

import pytest

from checks.evidence.unattended import unattended


def settings(*lines: str) -> str:
    return "".join(f"Unattended-Upgrade::{line};\n" for line in lines)


@pytest.mark.parametrize("entry", ["exim4", "exim4-base$", "exim", ".*", "(lib)?exim(4)?", "postfix|exim4"])
def test_an_expression_matches_from_the_beginning(entry: str) -> None:
    assert unattended(settings(f'Package-Blacklist:: "{entry}"')).leaves_out("exim4-base") == entry


@pytest.mark.parametrize("entry", ["im4-base", "exim4$", "linux-", r"exim4\+"])
def test_another_does_not(entry: str) -> None:
    assert not unattended(settings(f'Package-Blacklist:: "{entry}"')).leaves_out("exim4-base")


@pytest.mark.parametrize("entry", ["(a+)+$", "*", "a*b*c*d*e*"])
def test_an_expression_that_is_wrong_or_may_take_for_ever_is_not_tried(entry: str) -> None:
    found = unattended(settings(f'Package-Blacklist:: "{entry}"'))
    assert found.strange == (entry,)
    assert not found.leaves_out("exim4-base")


def test_a_strict_whitelist_leaves_out_all_others() -> None:
    listed = ('Package-Whitelist:: "openssl"',)
    assert unattended(settings(*listed, 'Package-Whitelist-Strict "true"')).leaves_out("exim4-base")
    assert not unattended(settings(*listed)).leaves_out("exim4-base")


def test_archives_are_those_of_both_lists() -> None:
    text = settings('Allowed-Origins:: "Debian:stable"', 'Origins-Pattern:: "origin=Debian"', 'Origins-Pattern ""')
    assert unattended(text).archives == ("Debian:stable", "origin=Debian")
