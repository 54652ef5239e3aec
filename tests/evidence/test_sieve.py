"""Sieve scripts are read for what they throw away; what is not understood is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.sieve import discards, global_scripts


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
