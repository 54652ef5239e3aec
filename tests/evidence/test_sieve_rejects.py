"""Sieve scripts are read for what they return to senders that may be forged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.sieve_rejects import rejections

OWN = ("a.test", "b.test")


@pytest.mark.parametrize(("script", "said"), [
    ('require ["reject"];\nif header :contains "X-Spam" "Yes" { reject "spam"; stop; }', 'if header :contains "X-Spam" "Yes"'),
    ('ereject text: # why\nNo. { }\n.\n;', "whatever comes"),
    ('ereject text:\r\nNo; stop;\r\n.\r\n;', "whatever comes"),
    ("if size :over 20M { ReJect \"large\"; }", "if size :over 20m"),
    ('if envelope :is "from" "offers@c.test" { reject "no"; }', 'if envelope :is "from" "offers@c.test"'),
    ('if envelope :contains "from" "a.test" { reject "no"; }', 'if envelope :contains "from" "a.test"'),
    ('if address :domain "from" "a.test" { reject "the From line is anybody\'s"; }', 'if address :domain "from" "a.test"'),
    ('if header :is "X-A" "b" { stop; } reject "all others";', "whatever comes"),
    ('if true { keep; } if exists "X-B" { if not exists "X-C" { reject "no"; } }', 'if exists "X-B" { if not exists "X-C"'),
    ('if anyof (envelope :domain "from" "a.test", exists "X-D") { reject "no"; }',
     'if anyof ( envelope :domain "from" "a.test" , exists "X-D" )'),
    ('if not envelope :domain "from" "a.test" { reject "no"; }', 'if not envelope :domain "from" "a.test"'),
])  # fmt: skip
def test_what_returns_mail_of_strangers_is_told(script: str, said: str) -> None:
    assert rejections(script, OWN) == (said,)


@pytest.mark.parametrize("script", [
    'if header :contains "X-Spam" "Yes" { fileinto "Junk"; stop; }',
    '# reject "no";\n/* reject "no"; */ keep;',
    'require ["reject", "ereject"];\nif header :is "Subject" "; reject" { keep; }',
    'if false { reject "no"; }',
    'if envelope :domain :is "from" ["A.test", "b.test"] { reject "our own users are told"; }',
    'if allof (size :over 10M, envelope :matches "from" "*@a.test") { reject "too large"; }',
    'if not envelope :domain "from" "a.test" { keep; stop; }\nif size :over 10M { reject "too large"; }',
    'if not envelope :domain "from" "a.test" { keep; } elsif size :over 10M { reject "no"; } else { ereject "no"; }',
    'if not anyof (exists "X-E", not envelope :domain "from" "a.test") { reject "no"; }',
    'if envelope "from" "" { reject "nobody is told"; }',
    'stop;\nreject "never";',
])  # fmt: skip
def test_what_no_stranger_gets_is_passed_over(script: str) -> None:
    assert rejections(script, OWN) == ()


@given(st.text(alphabet='{}()[],;"#/*\\ ifnotelsereject:from.test\n'), st.sets(st.text()))
def test_any_text_is_read(text: str, own: set[str]) -> None:
    rejections(text, own)


def test_a_script_of_nothing_but_openings_is_read() -> None:
    rejections("if not " * 50_000 + "{" * 50_000 + 'reject "x";', OWN)
