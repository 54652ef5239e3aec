"""summary.md: short enough for GitHub and GitLab, and nothing a server said is read as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from checks.verdict import WAIVED
from reports.markdown import MOST_CHARACTERS, markdown, prose, span
from tests.reports.made import PASS, UNKNOWN, head, record, report, verdict

HOSTILE = "@everyone `a` ``b`` <b onclick=x>&amp; [a](https://evil.example) ![x](y) | # $$ \x1b[2J\u202e"


def tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        yield token
        yield from token.children or ()


def test_causes_changes_unknowns_and_what_is_let_pass_are_told() -> None:
    base = record(verdict("a.old@mx1"), verdict("a.new@mx1", PASS), of=head("mx1", "mx2"))
    text = markdown(
        report(
            verdict("a.new@mx1", seen="it broke", severity="critical"), verdict("a.old@mx1", PASS),
            verdict("b.b@mx1", UNKNOWN, "timed out"), verdict("c.c@mx1", WAIVED, "old TLS", excused="waived: fax"),
            baselines=(base,),
        )
    )  # fmt: skip
    for words in ("## Mail audit of `acme`: 1 to mend (1 critical)", "**new failure**: `a.new@mx1`", "**fixed**: `a.old@mx1`",
                  "**absent host**: `mx2`", "`it broke`", "fix: `postconf -e x=y", "`timed out`", "`waived: fax`"):  # fmt: skip
        assert words in text


@given(st.one_of(st.just(HOSTILE), st.text(max_size=40)))
def test_what_a_server_said_is_never_markup(text: str) -> None:
    done = markdown(
        report(verdict("a.b@mx1", seen=f"x{text}", evidence=(f"y{text}",)), verdict("b.b@mx1", UNKNOWN, f"z{text}"))
    )
    kinds = {token.type for token in tokens(done)}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "fence", "code_block", "table_open"}
    plain = "".join(token.content for token in tokens(done) if token.type == "text")
    assert "@" not in plain


@given(st.text(max_size=60))
def test_a_span_shows_its_text_and_nothing_else(text: str) -> None:
    found = [token for token in tokens(f"before {span(text)} after") if token.type == "code_inline"]
    assert len(found) == 1


@given(st.text(max_size=60))
def test_a_sentence_of_a_check_is_no_markup_but_code(text: str) -> None:
    kinds = {token.type for token in tokens(f"- fix: {prose(text)}")}
    assert kinds <= {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "paragraph_open",
                     "paragraph_close", "inline", "text", "text_special", "code_inline"}  # fmt: skip


def test_a_fleet_on_fire_still_fits_into_a_comment() -> None:
    text = markdown(report(*(verdict(f"a.b@mx{n}", seen=f"saw {n * 7919} " + "x" * 200) for n in range(1000))))
    assert len(text) < MOST_CHARACTERS + 200 < 65_536
    assert "more entries do not fit here" in text


@pytest.mark.parametrize("seen", ["", "``", "`"])
def test_odd_texts_still_stand_in_a_span(seen: str) -> None:
    assert [token.type for token in tokens(span(seen)) if token.type == "code_inline"] == ["code_inline"]
