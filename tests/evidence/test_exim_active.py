"""How long Exim keeps honest clients waiting is told from delays for those it suspects or refuses."""

import pytest

from checks.evidence.exim_active import active

HEAD = "# Exim Configuration (4.96)\ndomainlist held = a.test : lsearch;/etc/held\n  check:\n"


def delay(*lines: str) -> float:
    found = active(HEAD + "".join(f"    {line}\n" for line in lines))
    assert found is not None
    return found.delay("check")


@pytest.mark.parametrize(
    "lines",
    [
        ("warn delay = 5m", "accept"),
        ("warn !hosts =", "delay = 300", "accept domains ="),
        ("warn", "set acl_m_a =", "delay = 4m60s", "accept"),
        ("accept hosts =", "delay = 5m"),
        ("require verify =", "delay = 2m", "require delay = 3m", "accept"),
    ],
)
def test_what_honest_clients_wait_for_counts(lines: tuple[str, ...]) -> None:
    assert delay(*lines) == 300


@pytest.mark.parametrize(
    "lines",
    [
        ("warn dnslists =", "delay = 5m", "accept"),
        ("warn condition =", "delay = 5m", "accept"),
        ("warn !verify =", "delay = 5m", "accept"),
        ("warn delay = ${if eq{a}{b}{5m}{3s}}", "accept"),
        ("deny message =", "delay = 5m", "accept"),
        ("accept hosts =", "warn delay = 5m", "deny message ="),
        ("accept", "warn delay = 5m", "accept hosts ="),
        ("accept dnslists =", "delay = 5m"),
    ],
)
def test_what_others_wait_for_does_not(lines: tuple[str, ...]) -> None:
    assert delay(*lines) == 0


def test_named_lists_are_known() -> None:
    found = active(HEAD)
    assert found is not None
    assert found.domains == {"held": "a.test : lsearch;/etc/held"}


def test_an_exim_that_shows_nothing_is_unknown() -> None:
    assert active("") is None
