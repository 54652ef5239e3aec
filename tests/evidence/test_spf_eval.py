"""check_host() gives the results of the public RFC 7208 suite, and says which term of whose record gave them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.lookup import Answer, Lookup
from checks.evidence.spf_eval import SpfResult, check_host
from tests.evidence.zone import zone

SUITE = Path(__file__).with_name("rfc7208-tests.yml")


def _suite() -> Iterator[Any]:
    for scenario in yaml.safe_load_all(SUITE.read_text("utf-8")):
        lookup = _suite_zone(scenario["zonedata"])
        for name, case in scenario["tests"].items():
            yield pytest.param(lookup, case, id=name)


def _suite_zone(zonedata: dict[str, list[Any]]) -> Lookup:
    """The suite's zone data: SPF stands for TXT unless TXT is given; TIMEOUT for every type that is not."""
    names = {name.lower(): records for name, records in zonedata.items()}

    def lookup(name: str, rdtype: str, cnames: int = 0) -> Answer:
        records = names.get(name.lower())
        if records is None:
            return Answer("NXDOMAIN")
        entries = [entry for record in records if isinstance(record, dict) for entry in record.items()]
        has_txt = any(kind == "TXT" for kind, _ in entries)
        wanted = "SPF" if rdtype == "TXT" and not has_txt else rdtype
        values = [value for kind, value in entries if kind == wanted and value != "NONE"]
        if not values and "TIMEOUT" in records:
            return Answer("timeout")
        alias = next((value for kind, value in entries if kind == "CNAME"), None)
        if alias and not values:
            return lookup(alias.rstrip("."), rdtype, cnames + 1) if cnames < 8 else Answer("SERVFAIL")
        return Answer("NOERROR", tuple(_presentation(rdtype, value) for value in values))

    return lookup


def _presentation(rdtype: str, value: Any) -> str:
    if rdtype == "TXT":
        return "".join(value)
    return f"{value[0]} {value[1]}." if rdtype == "MX" else str(value)


@pytest.mark.parametrize(("lookup", "case"), list(_suite()))
def test_public_suite(lookup: Lookup, case: dict[str, Any]) -> None:
    """Every case of the RFC 7208 suite has the result, and the explanation, that the suite allows."""
    sender = case["mailfrom"] or f"postmaster@{case['helo']}"
    found = check_host(case["host"], sender.rpartition("@")[2], sender, lookup, case["helo"])
    allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert found.result in allowed, found.why
    if case.get("explanation"):
        assert (found.explanation or "DEFAULT") == case["explanation"]


def test_public_suite_is_whole() -> None:
    """The suite was not cut: it has the number of cases that its release has."""
    assert sum(1 for _ in _suite()) == 203


ZONE = zone("""
    example.org TXT v=spf1 mx include:_spf.example.net -all
    example.org MX 10 mx1.example.org.
    mx1.example.org A 192.0.2.1
    mx2.example.org AAAA 2001:db8::2
    _spf.example.net TXT v=spf1 redirect=_v4.example.net
    _v4.example.net TXT v=spf1 ip4:198.51.100.0/24 ~all
    slow.example.org TXT v=spf1 include:broken.example.net -all
    broken.example.net TXT !SERVFAIL
    late.example.org TXT v=spf1 ip4:192.0.2.1 a:broken.example.org -all
    broken.example.org A !timeout
    v6.example.org TXT v=spf1 a:mx1.example.org a:mx1.example.org a:mx1.example.org -all
""")


def _check(ip: str, domain: str) -> SpfResult:
    return check_host(ip, domain, f"postmaster@{domain}", ZONE)


def test_names_the_term_and_the_chain() -> None:
    """A pass through an include and a redirect names the record in which the matching term stands."""
    found = _check("198.51.100.7", "example.org")
    assert (found.result, found.matched, found.domain) == ("pass", "ip4:198.51.100.0/24", "_v4.example.net")
    assert found.chain == ("example.org", "_spf.example.net", "_v4.example.net")
    assert found.lookups == 3


def test_names_the_term_that_refuses() -> None:
    found = _check("203.0.113.9", "example.org")
    assert (found.result, found.matched, found.domain) == ("fail", "-all", "example.org")


def test_a_dns_error_is_temperror_and_names_the_lookup() -> None:
    """A timeout in an included record is never a missing record."""
    found = _check("203.0.113.9", "slow.example.org")
    assert (found.result, found.why) == ("temperror", "TXT broken.example.net: SERVFAIL")
    assert found.chain == ("slow.example.org", "broken.example.net")


def test_a_match_comes_before_a_later_dns_error() -> None:
    assert _check("192.0.2.1", "late.example.org").result == "pass"
    assert _check("192.0.2.2", "late.example.org").result == "temperror"


def test_void_lookups_are_counted_per_family() -> None:
    """Names with only A records are void for an IPv6 client, not for an IPv4 one."""
    assert _check("192.0.2.9", "v6.example.org").result == "fail"
    found = _check("2001:db8::9", "v6.example.org")
    assert (found.result, found.void_terms) == ("permerror", 3)
    assert set(found.voids) == {("mx1.example.org", "AAAA")}


def test_the_p_macro_costs_a_lookup() -> None:
    """RFC 7208 §4.6.4: the PTR query of %{p} is included in the overall limit."""
    found = check_host(
        "192.0.2.8",
        "counted.example.org",
        "a@example.org",
        zone("""
        counted.example.org TXT v=spf1 -exists:%{p}.b.example.org a -all
        counted.example.org A 192.0.2.1
    """),
    )
    assert (found.result, found.lookups) == ("fail", 3)


def test_what_comes_next_is_foreseen() -> None:
    """The questions of a record's terms are named together, before the first of them is put."""
    foreseen: list[tuple[str, str]] = []
    check_host("192.0.2.1", "example.org", "a@example.org", ZONE, foresee=foreseen.extend)
    assert foreseen[:2] == [("example.org", "MX"), ("_spf.example.net", "TXT")]


@pytest.mark.parametrize("domain", ["localhost", "[192.0.2.1]", "a..example.org", "x" * 64 + ".example", "", "é.org"])
def test_asks_nothing_for_what_is_no_domain(domain: str) -> None:
    asked: list[tuple[str, str]] = []
    assert check_host("192.0.2.1", domain, f"a@{domain}", zone("a.org A 192.0.2.1", asked)).result == "none"
    assert asked == []


@pytest.mark.parametrize(("hosts", "result"), [(10, "fail"), (11, "permerror")])
def test_ten_mx_hosts_are_the_limit(hosts: int, result: str) -> None:
    records = [f"example.org MX 10 mx{i}.example.org.\nmx{i}.example.org A 192.0.2.1" for i in range(hosts)]
    lookup = zone("\n".join(["example.org TXT v=spf1 mx -all", *records]))
    assert check_host("203.0.113.1", "example.org", "a@example.org", lookup).result == result


@pytest.mark.parametrize(("local_part", "kept"), [(190, 1), (191, 0)])
def test_names_too_long_lose_labels_on_the_left(local_part: int, kept: int) -> None:
    """RFC 7208 §7.3: at 253 characters; left of the last 190 + "." + … comes one label that may not fit."""
    local = ".".join(["l" * 47] * 3 + ["l" * (local_part - 144)])
    asked: list[tuple[str, str]] = []
    lookup = zone("example.org TXT v=spf1 exists:first.%{l}." + "t" * 44 + ".example.org -all", asked)
    check_host("192.0.2.1", "example.org", f"{local}@example.org", lookup)
    assert asked[1][0].startswith("first.") is bool(kept)
    assert len(asked[1][0]) <= 253


def test_the_validated_name_is_best_the_domain_itself() -> None:
    lookup = zone("""
        example.org TXT v=spf1 exists:%{p}.p.example.net -all
        1.2.0.192.in-addr.arpa PTR other.example.net.
        1.2.0.192.in-addr.arpa PTR mail.example.org.
        1.2.0.192.in-addr.arpa PTR example.org.
        other.example.net A 192.0.2.1
        mail.example.org A 192.0.2.1
        example.org A 192.0.2.1
        example.org.p.example.net A 127.0.0.2
    """)
    assert check_host("192.0.2.1", "example.org", "a@example.org", lookup).result == "pass"


class _Lacking(BaseException):
    pass


def test_evaluation_starts_again_with_more_answers() -> None:
    """An answer still to be gathered passes through every layer, and the next run from the start succeeds."""
    known: dict[tuple[str, str], Answer] = {}
    rounds = 0

    def lookup(name: str, rdtype: str) -> Answer:
        if (name, rdtype) not in known:
            known[name, rdtype] = ZONE(name, rdtype)
            raise _Lacking
        return known[name, rdtype]

    while True:
        rounds += 1
        try:
            found = check_host("198.51.100.7", "example.org", "a@example.org", lookup)
            break
        except _Lacking:
            assert rounds < 20
    assert found.result == "pass"
    assert rounds == len(known) + 1


RECORDS = st.lists(
    st.sampled_from(
        [
            "a",
            "mx",
            "ptr",
            "-all",
            "~include:a.example.org",
            "include:b.example.org",
            "exists:%{ir}.%{v}.example.org",
            "redirect=a.example.org",
            "redirect=b.example.org",
            "exp=x.example.org",
            "a:%{p}.example.org",
            "ip4:192.0.2.0/24",
            "exists:%{l1r-}.%{o}.example.org",
            "mx:%{d}/24//64",
            "\xff",
            "ip6:::/0",
            "a:%{h}",
        ]
    )
).map(lambda terms: " ".join(["v=spf1", *terms]))


@given(
    st.fixed_dictionaries(dict.fromkeys(("example.org", "a.example.org", "b.example.org"), RECORDS)),
    st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "timeout"]),
    st.lists(st.sampled_from(["192.0.2.1", "2001:db8::1", "10 mx.example.org.", "0 .", "", "no address", "\0"])),
    st.ip_addresses(),
    st.text(max_size=70),
)
def test_any_zone_has_a_result(records: dict[str, str], rcode: str, others: list[str], ip: Any, odd: str) -> None:
    """Loops, errors and rubbish in the DNS end in one of the seven results, within the limits."""
    asked = 0

    def lookup(name: str, rdtype: str) -> Answer:
        nonlocal asked
        asked += 1
        assert name == name.lower()
        assert not name.endswith(".")
        if rdtype == "TXT" and name in records:
            return Answer("NOERROR", (records[name], odd))
        return Answer(rcode, tuple(others) if rcode == "NOERROR" else ())

    found = check_host(str(ip), "example.org", f"{odd}@example.org", lookup, helo=odd)
    assert found.result in ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")
    assert found.lookups <= 12
    assert asked <= 400
    assert found.matched or found.why
