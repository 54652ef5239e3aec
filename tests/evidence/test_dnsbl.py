"""Block lists: what is asked and what each answer means, list by list."""

from __future__ import annotations

import ipaddress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.dnsbl import interpret, query_name, self_test
from checks.evidence.dnsbl_lists import BlockList, block_lists
from checks.evidence.dnsbl_sites import SiteError, parse_site, postscreen_sites, restriction_sites
from checks.evidence.lookup import Answer
from tests.evidence.zone import zone


def _list(name: str) -> BlockList:
    found = block_lists().of(name)
    assert found
    return found


ZEN, DBL, SURBL, URIBL, DNSWL, KARMA, DQS = map(_list, (
    "zen.spamhaus.org", "dbl.spamhaus.org", "multi.surbl.org", "multi.uribl.com", "list.dnswl.org",
    "hostkarma.junkemailfilter.com", "zen.dq.spamhaus.net",
))  # fmt: skip


def test_the_data_are_whole() -> None:
    """Every list has a meaning for what it answers, and none of its answers is also a refusal or its own death."""
    table = block_lists()
    assert isinstance(table.checked, date)
    assert len({one.zone for one in table.lists}) == len(table.lists)
    for one in table.lists:
        assert one.codes or one.bits
        assert set(one.kinds) <= {"ip4", "ip6", "domain"}
        assert one.effect in ("blocking", "informational", "positive")
        assert table.death_of(one.zone) is None
        for code in one.codes + one.refused:
            assert len(code.ranges) == 4
            assert code.ranges[0] == (127, 127)


@pytest.mark.parametrize(
    ("block_list", "subject", "name"),
    [
        (ZEN, "192.0.2.99", "99.2.0.192.zen.spamhaus.org"),
        (
            ZEN,
            "2001:DB8:1:2:3:4:567:89ab",
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org",
        ),
        (DBL, "Example.NET.", "example.net.dbl.spamhaus.org"),
        (DQS, "192.0.2.99", "99.2.0.192.{key}.zen.dq.spamhaus.net"),
    ],
)
def test_query_names(block_list: BlockList, subject: str, name: str) -> None:
    """RFC 5782 §2.1, §2.4 with its own example; a key is never part of the evidence."""
    assert query_name(block_list, subject) == name


@pytest.mark.parametrize(
    ("block_list", "answers", "state", "effect"),
    [
        (ZEN, "127.0.0.2 127.0.0.9", "listed", "blocking"),
        (ZEN, "127.0.0.10", "listed", "blocking"),
        (ZEN, "127.255.255.254", "refused", ""),
        (ZEN, "127.0.0.4 127.255.255.255", "refused", ""),
        (ZEN, "127.0.0.99", "unknown", ""),
        (ZEN, "192.0.2.1", "unknown", ""),
        (ZEN, "rubbish", "unknown", ""),
        (ZEN, "127.255.255.1", "unknown", ""),
        (SURBL, "127.255.255.254", "refused", ""),
        (DQS, "127.255.255.251", "refused", ""),
        (DBL, "127.0.1.103", "listed", "blocking"),
        (DBL, "127.0.1.255", "refused", ""),
        (DBL, "127.0.0.2", "unknown", ""),
        (SURBL, "127.0.0.72", "listed", "blocking"),
        (SURBL, "127.0.0.1", "refused", ""),
        (SURBL, "127.0.0.4", "unknown", ""),
        (URIBL, "127.0.0.2", "listed", "blocking"),
        (URIBL, "127.0.0.4", "listed", "informational"),
        (URIBL, "127.0.0.14", "listed", "blocking"),
        (URIBL, "127.0.0.1", "refused", ""),
        (URIBL, "127.0.1.2", "unknown", ""),
        (DNSWL, "127.0.5.3", "listed", "positive"),
        (DNSWL, "127.0.0.255", "refused", ""),
        (DNSWL, "127.0.5.4", "unknown", ""),
        (KARMA, "127.0.0.1", "listed", "positive"),
        (KARMA, "127.0.0.2", "listed", "blocking"),
        (KARMA, "127.0.0.3", "listed", "informational"),
        (KARMA, "127.0.0.1 127.0.0.2", "listed", "blocking"),
    ],
)
def test_answers(block_list: BlockList, answers: str, state: str, effect: str) -> None:
    found = interpret(block_list, "192.0.2.1", Answer("NOERROR", tuple(answers.split())))
    assert (found.state, found.effect) == (state, effect)
    assert found.why


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer("NXDOMAIN"), "not listed"),
        (Answer("NOERROR"), "not listed"),
        (Answer("SERVFAIL"), "unknown"),
        (Answer("timeout"), "unknown"),
        (Answer("REFUSED"), "refused"),
    ],
)
def test_no_answer_is_not_no_listing(answer: Answer, state: str) -> None:
    assert interpret(ZEN, "192.0.2.1", answer).state == state


LISTED = "2.0.0.127.zen.spamhaus.org A 127.0.0.2"


@pytest.mark.parametrize(
    ("records", "state"),
    [
        (LISTED, "works"),
        (f"{LISTED}\n1.0.0.127.zen.spamhaus.org A 127.0.0.2", "broken"),
        ("", "broken"),
        (f"{LISTED}\n1.0.0.127.zen.spamhaus.org A 192.0.2.1", "broken"),
        ("2.0.0.127.zen.spamhaus.org A 127.0.0.77", "broken"),
        ("2.0.0.127.zen.spamhaus.org A !SERVFAIL", "unknown"),
        (f"{LISTED}\n1.0.0.127.zen.spamhaus.org A !timeout", "unknown"),
        ("2.0.0.127.zen.spamhaus.org A 127.255.255.254\n1.0.0.127.zen.spamhaus.org A 127.255.255.254", "refused"),
    ],
)
def test_a_list_is_believed_only_if_its_test_entries_are_right(records: str, state: str) -> None:
    """RFC 5782 §5: 127.0.0.2 is listed, 127.0.0.1 is not."""
    found = self_test(ZEN, zone(records))
    assert found.state == state
    assert bool(found.why) is (state != "works")


def test_domain_lists_have_test_entries_of_their_own() -> None:
    assert self_test(DBL, zone("dbltest.com.dbl.spamhaus.org A 127.0.1.2")).state == "works"


@pytest.mark.parametrize(
    ("name", "dead"),
    [
        ("dnsbl.sorbs.net", True),
        ("spam.dnsbl.sorbs.net.", True),
        ("ix.dnsbl.manitu.net", True),
        ("zen.spamhaus.org", False),
        ("notsorbs.net", False),
    ],
)
def test_dead_lists(name: str, dead: bool) -> None:
    assert (block_lists().death_of(name) is not None) is dead


def test_a_keyed_list_is_known_with_its_key() -> None:
    assert block_lists().of("0123456789abcdef.zen.dq.spamhaus.net") == DQS
    assert block_lists().of("0123456789abcdef.zen.spamhaus.org") is None


@pytest.mark.parametrize(
    ("text", "zone_name", "weight", "counts_refusal"),
    [
        ("zen.spamhaus.org", "zen.spamhaus.org", 1, True),
        ("zen.spamhaus.org*3", "zen.spamhaus.org", 3, True),
        ("zen.spamhaus.org=127.0.0.[2..11]*3", "zen.spamhaus.org", 3, False),
        ("list.dnswl.org=127.0.[0..255].[1..3]*-2", "list.dnswl.org", -2, False),
        ("(hidden).zen.dq.spamhaus.net=127.0.0.[2..11]", "(hidden).zen.dq.spamhaus.net", 1, False),
        ("ZEN.spamhaus.org=127.[0;255].[0;255].[2;4;254]", "zen.spamhaus.org", 1, True),
    ],
)
def test_postfix_sites(text: str, zone_name: str, weight: int, counts_refusal: bool) -> None:
    """Without a filter, "you may not ask" counts as a listing."""
    site = parse_site(text)
    assert (site.zone, site.weight, site.counts("127.255.255.254")) == (zone_name, weight, counts_refusal)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=b",
        "a=127.0.0",
        "a=127.0.0.2.",
        "a=127.0.0.2.3",
        "a=127.0.0.[2..]",
        "a*x",
        "a=127.0.0.[]",
    ],
)
def test_sites_that_postfix_refuses(text: str) -> None:
    with pytest.raises(SiteError):
        parse_site(text)


def test_finds_the_lists_of_postfix_settings() -> None:
    sites = postscreen_sites("zen.spamhaus.org=127.0.0.[2..11]*3, bl.spamcop.net\n b.barracudacentral.org*2")
    assert [site.zone for site in sites] == ["zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org"]
    value = "permit_mynetworks, reject_rbl_client dnsbl.sorbs.net reject_rhsbl_sender dbl.spamhaus.org=127.0.1.[2..99]"
    assert [site.zone for site in restriction_sites(value)] == ["dnsbl.sorbs.net", "dbl.spamhaus.org"]


@given(
    st.sampled_from(block_lists().lists), st.lists(st.ip_addresses(v=4).map(str) | st.text(max_size=20), max_size=4),
    st.text(max_size=60), st.text("a.=127[]*;-", max_size=40), st.ip_addresses(),
)  # fmt: skip
def test_any_answer_has_a_state(block_list: BlockList, answers: list[str], odd: str, likely: str, ip: object) -> None:
    for subject in (odd, str(ip)):
        found = interpret(block_list, subject, Answer("NOERROR", tuple(answers)))
        assert found.state in ("listed", "not listed", "refused", "unknown")
        assert (found.state == "not listed") is (not answers)
    for text in (odd, likely):
        try:
            parse_site(text).counts("127.0.0.2")
        except SiteError:
            continue


@given(st.ip_addresses(network="127.255.255.0/24"), st.sampled_from(block_lists().lists))
def test_the_range_of_refusals_is_never_a_listing(address: ipaddress.IPv4Address, block_list: BlockList) -> None:
    assert interpret(block_list, "192.0.2.1", Answer("NOERROR", (str(address),))).state in ("refused", "unknown")
