"""Sieve scripts are read for what they throw away; what is not understood is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.sieve import discards, global_scripts
from checks.evidence.sieve_marks import low_discards


@pytest.mark.parametrize("script", [
    'if header :contains "X-Spam-Flag" "YES" { discard; stop; }',
    'if allof (header :is "X-A" "b", not exists "X-C") { discard; }',
    'if not exists "X-Spamd-Bar" { fileinto "Junk"; stop; }',
    '# discard;\n/* if true { discard; } */ keep;',
    'if header :is "subject" "not { discard; }" { keep; }',
    'if header :contains "X-Spam-Level" "*****" { if not header :is "X-Friend" "yes" { discard; } }',
])  # fmt: skip
def test_what_tests_for_something_wrong_is_passed_over(script: str) -> None:
    assert discards(script) == ()


@pytest.mark.parametrize(("script", "said"), [
    ('if not exists "X-Spamd-Bar" {\n  discard;\n  stop;\n}', 'if not exists "X-Spamd-Bar"'),
    ("discard;", "whatever comes"),
    ('if exists "X-A" { keep; } else { discard; }', "else"),
    ("if true { discard; }", "if true"),
])  # fmt: skip
def test_what_discards_for_a_lack_is_told(script: str, said: str) -> None:
    assert discards(script) == (said,)


def test_scripts_are_found_in_both_versions() -> None:
    old = (
        "# 2.3.19\nplugin {\n  sieve_before = /etc/a.sieve\n  sieve_before2 = file:/etc/b;x\n  sieve = ~/own.sieve\n}\n"
    )
    new = "# 2.4.1\nsieve_script x {\n  type = before\n  path = /etc/c.sieve\n}\nsieve_script y {\n  type = personal\n  path = ~/x\n}\n"
    assert global_scripts(doveconf(old)) == ("/etc/a.sieve", "/etc/b")
    assert global_scripts(doveconf(new)) == ("/etc/c.sieve",)


@given(st.text())
def test_nothing_that_a_script_holds_stops_the_reading(text: str) -> None:
    discards(text)


@pytest.mark.parametrize(("script", "points"), [
    ('if header :contains "X-Spamd-Bar" "+" { discard; stop; }', "1"),
    ('if header :contains ["X-Spam-Flag", "X-Spam"] ["YES"] { discard; }', "5"),
    ('if header :contains "X-Spam-Level" "*******" { if not header :is "X-Friend" "yes" { discard; } }', "7"),
    ('if header :matches "X-Spam-Level" "\\\\*\\\\*\\\\*\\\\*" { discard; }', "4"),
    ('if anyof (header :is "X-Virus" "Yes", header :value "ge" "X-Spam-Score" "6") { discard; }', "6"),
    ('if header :value "gt" :comparator "i;ascii-numeric" "X-Spam-Score" "8" { discard; }', "8"),
    ('if false { keep; } elsif header :contains "X-Spam-Status" "Yes" { discard; }', "5"),
])  # fmt: skip
def test_throwing_away_what_has_few_points_is_told(script: str, points: str) -> None:
    (said,) = low_discards(script, 10)
    assert f"from {points} points on" in said


@pytest.mark.parametrize("script", [
    'if header :contains "X-Spam-Level" "***************" { discard; }',
    'if header :contains "X-Spam-Flag" "YES" { fileinto "Junk"; }',
    'if header :contains "X-Spam-Flag" "YES" { fileinto "Junk"; discard; }',
    'fileinto "Archive"; if header :contains "X-Spam-Flag" "YES" { discard; }',
    'if allof (header :contains "X-Spam-Flag" "YES", header :contains "Subject" "casino") { discard; }',
    'if header :contains "Subject" "casino" { if header :contains "X-Spam" "Yes" { discard; } }',
    'if header :contains "X-Virus" "FOUND" { discard; }',
    'if not header :contains "X-Spam" "Yes" { discard; }',
    'if header :value "lt" :comparator "i;ascii-numeric" "X-Spam-Score" "3" { discard; }',
    '# if header :contains "X-Spam" "Yes" { discard; }\nkeep;',
    '/* " */ if header :contains "X-Rspamd-Action" "reject" { discard; }',
])  # fmt: skip
def test_what_is_kept_or_surely_spam_is_passed_over(script: str) -> None:
    assert low_discards(script, 10) == ()


@given(st.text(alphabet='{}()[],;"#/*\\ ifnotdiscardheader:X-Spam', max_size=200))
def test_any_text_is_read_for_marks(text: str) -> None:
    low_discards(text, 10)
