"""OpenSMTPD's built-in filters: which listeners they belong to, and whether they refuse whoever has a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.opensmtpd import opensmtpd
from checks.evidence.opensmtpd_filters import applied

SAID = 'disconnect "550 your address has no name"'
OURS = "filter ours phase connect match src <internal> bypass\n"


def refusing(text: str) -> list[str]:
    return [str(each) for each in applied(opensmtpd(text)) if each.refuses_names]


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (f"connect match rdns {SAID}", True),
        (f"connect match fcrdns {SAID}", True),
        ('helo match rdns reject "550 no"', True),
        (f"connect match !rdns {SAID}", False),
        (f"connect match ! fcrdns {SAID}", False),
        (f"connect match rdns <dialup> {SAID}", False),
        (f'connect match rdns regex {{ "^dsl", "pool" }} {SAID}', False),
        ("connect match fcrdns bypass", False),
        ("connect match rdns junk", False),
        (f"connect match src <bad> {SAID}", False),
        ("connect match rdns", False),
    ],
)
def test_a_filter_that_refuses_names_is_known(rule: str, refused: bool) -> None:
    assert bool(refusing(f"filter f phase {rule}\nlisten on eth0 filter f\n")) is refused


@pytest.mark.parametrize(
    ("listening", "refused"),
    [
        ("listen on eth0 filter inverted", True),
        ("listen on eth0 tls filter { dkim, inverted } tag X", True),
        ("filter all chain { dkim, inverted }\nlisten on eth0 filter all", True),
        ("listen on eth0 filter dkim\nlisten on lo filter inverted", False),
        ("listen on eth0", False),
        ("listen on eth0 filter", False),
        ("listen on eth0 filter {", False),
    ],
)
def test_only_filters_of_listeners_that_others_reach_count(listening: str, refused: bool) -> None:
    filters = f'filter dkim proc-exec "filter-dkimsign"\nfilter inverted phase connect match rdns {SAID}\n'
    assert bool(refusing(filters + listening + "\n")) is refused


@pytest.mark.parametrize(("chain", "spared"), [("ours, inverted", True), ("inverted, ours", False), ("late", False)])
def test_who_was_let_pass_before_is_spared(chain: str, spared: bool) -> None:
    late = f"filter late phase helo match rdns {SAID}\n"
    text = f"{OURS}{late}filter inverted phase connect match rdns {SAID}\nlisten on eth0 filter {{ {chain} }}\n"
    assert [each.spares for each in applied(opensmtpd(text)) if each.refuses_names] == [spared]


def test_a_filter_is_told_as_it_is_written() -> None:
    assert refusing(f"filter f phase connect match rdns {SAID}\nlisten on eth0 filter f\n") == [
        f"filter f phase connect match rdns {SAID}"
    ]
    (found,) = applied(opensmtpd(f"filter f phase connect match !rdns {SAID}\nlisten on eth0 filter f\n"))
    assert str(found) == f"filter f phase connect match !rdns {SAID}"


@given(st.lists(st.sampled_from(["filter", "f", "phase", "connect", "match", "!", "rdns", "{", "}", ",", "regex", "<t>",
                                 "chain", "\n", "listen on e filter", "reject"])))  # fmt: skip
def test_anything_is_read(words: list[str]) -> None:
    [str(each) for each in applied(opensmtpd(" ".join(words)))]
