"""report.html: all that a reader needs in one file, and nothing that a hostile server could make it do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.verdict import SKIP, WAIVED
from reports.gate import Gate
from reports.html import html
from reports.report import Report, conclude
from tests.browser import Page, browser
from tests.reports.made import FAIL, PASS, UNKNOWN, head, kept, record, report, verdict

HOSTILE = (
    "<script>document.documentElement.dataset.pwned=1</script>",
    "<img src=x onerror=document.documentElement.dataset.pwned=2>",
    "</pre></script><svg/onload=document.documentElement.dataset.pwned=3>",
    "\" autofocus onfocus=\"document.documentElement.dataset.pwned=4\" x=\"",
    "' onmouseover='document.documentElement.dataset.pwned=5",
    "javascript:document.documentElement.dataset.pwned=6",
    "{{ 7 * 191 }}{% raw %}",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example/x.css>",
    "\x1b[2J\x00\x08\u202egnirts\u2028\ud800",
)  # fmt: skip


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def several() -> Report:
    return report(
        verdict("ports.listening@mx1[25]", seen="nothing listens on 25", evidence=("LISTEN 587",), severity="critical"),
        verdict("ports.reachable@mx1:25", seen="refused", rests_on=("ports.listening@mx1[25]",)),
        verdict("disk.free@mx2", severity="low", seen="2 % free"),
        verdict("hosts.reached@mx3", UNKNOWN, "no answer"),
        verdict("tls.modern@mx1:25", WAIVED, "TLS 1.0", excused="waived until 2026-12-31 by J. Doe: fax"),
        verdict("spf.exists@example.org", PASS, "", kind="domain"),
        verdict("spf.strict@example.org", SKIP, "policy does not ask for it", kind="domain"),
    )


def test_causes_stand_first_and_every_verdict_is_somewhere() -> None:
    text = html(several())
    assert text.index("nothing listens on 25") < text.index("2 % free") < text.index('id="unseen"')
    for word in (
        "no answer",
        "waived until 2026-12-31",
        "spf.exists",
        "spf.strict",
        "because of ports.listening@mx1[25]",
    ):
        assert word in text
    assert "<title>2 to mend: mail audit of acme, 2026-11-23 02:00 UTC</title>" in text


def test_a_section_for_each_target_and_each_check_tells_all_of_it() -> None:
    text = html(several())
    ids = Tags(text).values("id")
    assert {"host-mx1", "endpoint-mx1:25", "domain-example.org", "check-ports.listening", "check-spf.strict"} <= set(
        ids
    )
    section = text[text.index('id="check-ports.listening"') :]
    for word in ("It is as it must be.", "RFC 5321 §4.3.2: it says so.", "Mail waits.", "<code>postconf -e x=y"):
        assert word in section[: section.index("</details>")]
    assert "LISTEN 587" in text[text.index('id="host-mx1"') :]


def test_every_link_leads_somewhere_and_no_id_stands_twice() -> None:
    tags = Tags(html(several()))
    ids = tags.values("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in tags.values("href")} <= set(ids)


def test_it_needs_no_network_and_allows_no_script_but_its_own() -> None:
    tags = Tags(html(several()))
    assert not tags.values("src")
    assert all(link.startswith("#") for link in tags.values("href"))
    policy = tags.values("content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_it_can_be_read_by_ear_and_with_keys_alone() -> None:
    text = html(several())
    tags = Tags(text)
    assert ("html", {"lang": "en"}) in tags.tags
    assert [tag for tag, _ in tags.tags if tag in ("main", "nav", "header", "h1")].count("h1") == 1
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in tags.tags if tag == "th")
    assert tags.values("aria-labelledby")
    assert not [value for value in tags.values("tabindex") if int(value) > 0]
    cells = [a for tag, a in tags.tags if tag == "td" and (a.get("class") or "")[:1] in ("f", "c", "u", "w")]
    assert cells
    assert all(cell.get("aria-label") for cell in cells)
    levels = [int(tag[1]) for tag, _ in tags.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 2 for before, after in pairwise(levels))


def test_what_changed_since_the_baseline_is_told() -> None:
    base = record(
        verdict("a.old@mx1"), verdict("a.new@mx1[gone]", PASS), verdict("a.b@mx2", PASS), of=head("mx1", "mx2")
    )
    text = html(report(verdict("a.old@mx1", PASS), verdict("a.new@mx1", seen="it broke"), baselines=(base,)))
    changes = text[text.index('id="changes"') : text.index('id="matrix"')]
    for word in ("New failure", "it broke", "Fixed", "a.old", "No longer judged", "[gone]", "Absent: mx2"):
        assert word in changes


def test_the_trend_has_a_column_for_each_kept_run_of_the_same_part_of_the_fleet(tmp_path: Path) -> None:
    for day in (10, 11, 12):
        kept(tmp_path, f"2026-11-{day}T02:00:00+00:00", verdict("a.b@mx1", FAIL if day > 10 else PASS))
    kept(tmp_path, "2026-11-13T02:00:00+00:00", verdict("a.b@mx1"), selection={"limit": "mx1"})
    done = conclude(record(verdict("a.b@mx1"), verdict("a.c@mx1"), folder=tmp_path / "x"), None, (), Gate())
    text = html(done)
    assert "Causes over the last 4 runs" in text
    assert re.findall(r"<rect .*?<title>(.*?)</title>", text) == [
        "2026-11-11 02:00 UTC: 1", "2026-11-12 02:00 UTC: 1", "2026-11-23 02:00 UTC: 2"
    ]  # fmt: skip
    assert text.count('class="new"') == 1


def hostile() -> Report:
    said = [
        verdict(f"a.b{number}@mx1[{text}]", seen=text, evidence=(text,), command=text, title=text, excused=text)
        for number, text in enumerate(HOSTILE)
    ]
    blind = [verdict(f"b.b{number}@mx1", UNKNOWN, text) for number, text in enumerate(HOSTILE)]
    domains = [verdict(f"c.c@{text.replace('[', '')}", kind="domain") for text in HOSTILE]
    return report(*said, *blind, *domains)


@given(st.text(max_size=60))
def test_no_text_of_a_server_becomes_markup(text: str) -> None:
    expected = [tag for tag, _ in Tags(html(report(verdict("a.b@mx1", seen="x", evidence=("y",))))).tags]
    assert [
        tag for tag, _ in Tags(html(report(verdict("a.b@mx1", seen=f"x{text}", evidence=(f"y{text}",))))).tags
    ] == expected


def test_what_does_not_print_is_spelt_out() -> None:
    text = html(report(verdict("a.b@mx1", seen=HOSTILE[-1], evidence=HOSTILE)))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\u2028\ud800]", text)
    assert r"\x1b[2J\x00\x08\u202egnirts\u2028\ud800" in text
    text.encode()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("guarded", [True, False], ids=["as written", "without its policy"])
def test_hostile_evidence_runs_no_script_and_fetches_nothing(page: Page, tmp_path: Path, guarded: bool) -> None:
    """Escaping alone must hold, and so must the page's policy for whatever slipped through."""
    text = html(hostile())
    path = tmp_path / "report.html"
    path.write_text(text if guarded else re.sub(r"<meta http-equiv[^>]*>", "", text), "utf-8")
    page.events.clear()
    page.open(path)
    page.evaluate("document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('mouseover')))")
    assert page.evaluate("document.documentElement.dataset.pwned") is None
    assert page.evaluate("document.scripts.length") == 1
    asked = [e["params"]["request"]["url"] for e in page.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [path.resolve().as_uri()]
    assert HOSTILE[0] in page.evaluate("document.body.textContent")
    assert not [e for e in page.events if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]


def test_the_policy_stops_a_script_that_escaping_let_through(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html(several()).replace("<main>", f"<main>{HOSTILE[0]}{HOSTILE[1]}"), "utf-8")
    page.open(path)
    assert page.evaluate("document.documentElement.dataset.pwned") is None


def test_keys_filters_and_links_work(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html(several()), "utf-8")
    page.open(path, "#host-mx1")
    assert page.evaluate("document.getElementById('host-mx1').open") is True
    page.press("/", "/")
    assert page.evaluate("document.activeElement.name") == "text"
    shown = "[...document.querySelectorAll('#causes article')].filter(a => !a.hidden).map(a => a.dataset.s)"
    assert page.evaluate(shown) == ["critical", "low"]
    filtered = (
        "document.getElementById('filter').elements.{} = '{}'; document.getElementById('filter').requestSubmit();"
    )
    page.evaluate(filtered.format("text.value", "2 % FREE"))
    assert page.evaluate(shown) == ["low"]
    assert page.evaluate("document.querySelector('output').textContent") == "1 findings shown"
    page.evaluate(filtered.format("text.value", "") + filtered.format("severity.value", "critical"))
    assert page.evaluate(shown) == ["critical"]


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 20, 25)")])
def test_it_follows_the_readers_colours(page: Page, tmp_path: Path, scheme: str, ground: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(html(several()), "utf-8")
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.open(path)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    page.send("Emulation.setEmulatedMedia", features=[])


def test_on_paper_the_filter_is_gone_and_the_findings_are_there(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html(several()), "utf-8")
    page.open(path)
    page.send("Emulation.setEmulatedMedia", media="print")
    assert page.evaluate("getComputedStyle(document.getElementById('filter')).display") == "none"
    assert page.evaluate("document.querySelector('#causes article').getBoundingClientRect().height > 50") is True
    page.send("Emulation.setEmulatedMedia", media="")
