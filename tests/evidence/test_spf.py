"""SPF records are selected and read as RFC 7208 §12 writes them, and doubtful ones are named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import spf, spf_macro
from checks.evidence.spf_lint import (
    near_misses,
    remarks,
    too_many_exchanges,
    void_terms,
    wide,
    without_effect,
)  # fmt: skip
from checks.evidence.spf_tree import MAX_RECORDS, spf_tree
from tests.evidence.zone import txt, zone

GOOD = """
    v=spf1
    v=spf1 -all
    V=SPF1 A MX -ALL
    v=spf1 a:mail.example.org/24//64 mx//48 -all
    v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::ffff:192.0.2.1 ~all
    v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d2} include:%{d} -all
    v=spf1 a:foo.example.xn--zckzah a:example.org. -all
    v=spf1 redirect=_spf.example.org exp=why.%{d}
    v=spf1 new-modifier.1=%{d}/any:thing ra=postmaster
    v=spf1 a:foo:bar/baz.example.com -all
"""
BAD = """
    v=spf1 al                             | not a mechanism
    v=spf1 all:example.org                | cannot follow all
    v=spf1 a:192.0.2.1                    | ip4:192.0.2.1
    v=spf1 a:localhost                    | two labels
    v=spf1 a:example.123                  | two labels
    v=spf1 a:-example.-com                | two labels
    v=spf1 a:example.org%%_               | two labels
    v=spf1 a/33                           | longer than an address
    v=spf1 a//129                         | longer than an address
    v=spf1 a/024                          | cannot follow a
    v=spf1 ptr/24                         | cannot follow ptr
    v=spf1 ip4:192.0.2                    | ip4:
    v=spf1 ip4:192.0.2.01                 | ip4:
    v=spf1 ip4:192.0.2.0/33               | not a valid netmask
    v=spf1 ip4:192.0.2.0//24              | ip4:
    v=spf1 ip6:fe80::1%eth0               | ip6:
    v=spf1 ip6:2001:db8::/129             | not a valid netmask
    v=spf1 ip6:12345::                    | 12345
    v=spf1 include                        | names no domain
    v=spf1 include:                       | names no domain
    v=spf1 exists:example.org/24          | two labels
    v=spf1 a:%{c}.example.org             | not a macro
    v=spf1 a:%{d0}                        | must not be zero
    v=spf1 a:100%.example.org             | not a macro
    v=spf1 redirect=                      | names no domain
    v=spf1 redirect=a.example redirect=b.example | more than once
    v=spf1 -all;                          | cannot follow all
    v=spf1 ip4:192.0.2.1,192.0.2.2        | ip4:
    v=spf1 é                              | not a mechanism
    v=spf1 a:exa\tmple.org                | not a macro
"""


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()]


@pytest.mark.parametrize("text", [row[0] for row in _rows(GOOD)])
def test_good_records_are_read(text: str) -> None:
    assert spf.parse(text).text == text


@pytest.mark.parametrize(("text", "why"), _rows(BAD))
def test_bad_records_are_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(spf.SpfSyntaxError, match=re.escape(why)):
        spf.parse(text)


def test_reads_all_parts_of_a_directive() -> None:
    directive = spf.parse("v=spf1 ~MX:example.org/24//64 ?all").directives[0]
    assert (directive.qualifier, directive.mechanism, directive.domain_spec) == ("~", "mx", "example.org")
    assert (directive.prefix4, directive.prefix6, directive.network) == (24, 64, None)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("v=spf1", True),
        ("V=SpF1 -all", True),
        ("v=spf1 ", True),
        ("v=spf10 -all", False),
        (" v=spf1 -all", False),
        ("v=spf1; -all", False),
        ("v=spf1\t-all", False),
        ("spf2.0/pra -all", False),
        ('"v=spf1 -all"', False),
        ("\ufeffv=spf1 -all", False),
    ],
)
def test_selects_only_spf_records(text: str, selected: bool) -> None:
    """RFC 7208 §4.5: v=spf1 and then a space or the end of the record."""
    assert bool(spf.select([text])) is selected


@pytest.mark.parametrize(
    "text",
    [
        " v=spf1 -all",
        "v=spf1; -all",
        "v=spf1-all",
        '"v=spf1 -all"',
        "v= spf1 -all",
        "spf1 -all",
        "v=spf 1 -all",
        "\u00ef\u00bb\u00bfv=spf1 -all",
        "v=spf1\t-all",
        "spf2.0/mfrom -all",
    ],
)
def test_near_misses_are_named(text: str) -> None:
    assert [doubt.term for doubt in near_misses("example.org", [text])] == [text]


@pytest.mark.parametrize("text", ["v=spf1 -all", "v=spf10 x", "v=DMARC1; p=none", "google-site-verification=spf", ""])
def test_other_records_are_no_near_misses(text: str) -> None:
    assert not near_misses("example.org", [text])


def test_counts_lookups_of_the_worst_case() -> None:
    """Every term of every included record, reached or not by one client; nothing beyond all, no ip4."""
    root = spf_tree(
        "example.org",
        zone("""
        example.org TXT v=spf1 a mx include:one.example.net ip4:192.0.2.1 redirect=two.example.net
        one.example.net TXT v=spf1 exists:%{p}.example.net ~all a a a
        two.example.net TXT v=spf1 ptr -all
    """),
    )
    assert root.lookups == 2 + 1 + 2 + 1 + 1
    assert root.default is not None
    assert root.default.text == "-all"
    doubts = [doubt.term for node in root.walk() for doubt in remarks(node)]
    assert doubts == ["exists:%{p}.example.net", "ptr"]
    lost = [doubt.term for node in root.walk() for doubt in without_effect(node)]
    assert lost == ["a", "a", "a"]


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ("b.example.org TXT !timeout", "unknown"),
        ("b.example.org TXT v=spf1 include:example.org", "loop"),
        ("b.example.org TXT v=spf1 -al", "syntax"),
        ("b.example.org TXT google-site-verification=1", "none"),
        ("c.example.org A 192.0.2.1", "none"),
        ("b.example.org TXT v=spf1 -all\nb.example.org TXT v=spf1 -all", "several"),
    ],
)
def test_says_why_an_include_leads_nowhere(records: str, state: str) -> None:
    root = spf_tree("example.org", zone(f"example.org TXT v=spf1 include:b.example.org -all\n{records}"))
    assert [node.state for node in root.walk()][-1] == state


def test_an_include_that_depends_on_the_client_is_not_followed() -> None:
    root = spf_tree("example.org", txt("example.org", "v=spf1 include:%{ir}.%{d} include:%{d2}.%{o} -all"))
    assert [node.state for node in root.children] == ["client", "none"]
    assert root.children[1].domain == "example.org.example.org"


def test_macros_of_included_records_mean_the_included_domain() -> None:
    root = spf_tree(
        "example.org",
        zone("""
        example.org TXT v=spf1 include:a.example.net -all
        a.example.net TXT v=spf1 include:%{d}.x.example include:%{o}.x.example -all
        example.org A 192.0.2.1
    """),
    )
    assert [node.domain for node in root.walk()][2:] == ["a.example.net.x.example", "example.org.x.example"]
    assert [node.why for node in root.children[0].children] == [
        "a.example.net.x.example has no SPF records", "example.org.x.example has no SPF records",
    ]  # fmt: skip


def test_a_tree_without_end_is_cut() -> None:
    """Each record includes two longer names: hostile, and finite here."""
    asked: list[str] = []

    def lookup(name: str, rdtype: str):  # type: ignore[no-untyped-def]
        asked.append(name)
        return txt(name, f"v=spf1 include:a.{name} include:b.{name}")(name, rdtype)

    root = spf_tree("example.org", lookup)
    assert len(asked) <= MAX_RECORDS
    assert "limit" in {node.state for node in root.walk()}


def test_void_terms_are_told_by_family() -> None:
    """The case that testers get wrong: a name without AAAA is void only for IPv6 clients."""
    lookup = zone("""
        example.org TXT v=spf1 a:v4.example.org a:v6.example.org mx mx:v4.example.org include:more.example.org -all
        more.example.org TXT v=spf1 exists:nothing.example.org a:slow.example.org -all
        example.org MX 10 v4.example.org.
        v4.example.org A 192.0.2.1
        v6.example.org AAAA 2001:db8::1
        slow.example.org A !SERVFAIL
        slow.example.org AAAA !timeout
    """)
    root = spf_tree("example.org", lookup)
    for_ip4, for_ip6 = void_terms(root, lookup, "A"), void_terms(root, lookup, "AAAA")
    nothing = ["mx:v4.example.org", "exists:nothing.example.org"]
    assert [doubt.term for doubt in for_ip4.void] == ["a:v6.example.org", *nothing]
    assert [doubt.term for doubt in for_ip6.void] == ["a:v4.example.org", "mx", *nothing]
    assert for_ip6.void[1].why == "finds nothing: AAAA v4.example.org"
    assert for_ip4.unknown == (("slow.example.org", "A"),)


def test_wide_blocks_are_named() -> None:
    root = spf_tree(
        "example.org",
        zone("""
        example.org TXT v=spf1 ip4:10.0.0.0/8 ip4:192.0.2.0/24 a/8 ?include:c.example.org include:b.example.org ~all
        b.example.org TXT v=spf1 ip6:2000::/3 +all
        c.example.org TXT v=spf1 +all
    """),
    )
    assert [(doubt.term, "every" in doubt.why) for doubt in wide(root, 16, 32)] == [
        ("ip4:10.0.0.0/8", False), ("a/8", False), ("ip6:2000::/3", False), ("+all", True),
    ]  # fmt: skip
    assert [doubt.term for doubt in wide(root, 8, 3)] == ["+all"]


def test_remarks_on_terms_without_effect() -> None:
    root = spf_tree(
        "example.org",
        zone(
            """
        example.org TXT v=spf1 ip4=192.0.2.1 a a exists:%{p}.x -all mx redirect=b.example.org
        example.org MX 10 mx.example.org.
    """.replace("%{p}.x", "%{p}.example.org")
        ),
    )
    lost = ["mx", "redirect=b.example.org", "ip4=192.0.2.1"]
    assert [doubt.term for doubt in without_effect(root)] == lost
    assert [doubt.term for doubt in remarks(root)] == ["a", "exists:%{p}.example.org"]
    assert root.lookups == 4


def test_more_than_ten_exchanges_are_named() -> None:
    exchanges = "\n".join(f"b.example.org MX 10 mx{i}.example.org." for i in range(11))
    exchanges += "\n" + "\n".join(f"c.example.org MX 10 mx{i}.example.org." for i in range(10))
    lookup = zone(f"""
        example.org TXT v=spf1 include:b.example.org -all
        b.example.org TXT v=spf1 mx mx:c.example.org -all
        {exchanges}
    """)
    root = spf_tree("example.org", lookup)
    assert {doubt.term for doubt in too_many_exchanges(root, lookup)} == {"mx"}


@given(st.text(max_size=200), st.text("v=spf1 ametxinludg:/%{}-+~?.0123456789ip", max_size=80))
def test_any_text_is_a_record_or_a_syntax_error(odd: str, likely: str) -> None:
    """Nothing but a value or a clear error, and reading what was read gives the same."""
    for text in (f"v=spf1 {odd}", f"v=spf1 {likely}"):
        try:
            record = spf.parse(text)
        except spf.SpfSyntaxError:
            continue
        again = spf.parse(" ".join(["v=spf1", *(part.text for part in record.directives + record.modifiers)]))
        assert (again.directives, again.modifiers) == (record.directives, record.modifiers)


@given(st.text("%{}slodiphcrtv0123456789r.-+,/_= ", max_size=60))
def test_any_macro_string_expands_or_is_refused(text: str) -> None:
    try:
        parts = spf_macro.parse(text, explanation=True)
    except spf_macro.MacroSyntaxError:
        return
    expanded = spf_macro.expand(parts, lambda letter: letter)
    assert "%" in text or expanded == text
    assert len(expanded) <= len(text) + text.count("%-")


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        # RFC 7208 §7.4: sender strong-bad@email.example.com
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{d99999999999999999999}", "email.example.com"),
    ],
)
def test_expands_as_the_standard_shows(text: str, expanded: str) -> None:
    domain = "email.example.com"
    values = {"s": f"strong-bad@{domain}", "o": domain, "d": domain, "l": "strong-bad"}
    assert spf_macro.expand(spf_macro.parse(text), values.__getitem__) == expanded
