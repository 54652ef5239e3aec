"""Which rules of Rspamd refuse a message for the mere absence of something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.rspamd_forced import ExpressionError, absence_points, forced, outweighed, refuses_absence


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("R_DKIM_NA", True),
        ("!R_DKIM_ALLOW & !WHITELIST_SPF", True),
        ("R_DKIM_NA and (R_SPF_NA or R_SPF_FAIL)", True),
        ("(R_DKIM_NA + R_SPF_NA + FORGED_SENDER) >= 2", True),
        ("BAYES_SPAM | AUTH_NA", True),
        ("DMARC_NA && not MAILLIST", True),
        ("R_DKIM_NA & BAYES_SPAM", False),
        ("(R_DKIM_NA + BAYES_SPAM + FORGED_SENDER) > 1", False),
        ("R_SPF_FAIL & !R_DKIM_ALLOW", False),
        ("DMARC_POLICY_REJECT", False),
        ("!WHITELISTED", False),
        ("g:malware & -AUTH_NA", False),
        ("", False),
    ],
)
def test_an_expression_is_decided_for_a_message_with_nothing(expression: str, refused: bool) -> None:
    assert refuses_absence(expression) is refused


@pytest.mark.parametrize(
    "expression", ["R_DKIM_NA &", "(R_DKIM_NA", "R_DKIM_NA)", "R_DKIM_NA / 2", "!" * 99 + "AUTH_NA"]
)
def test_another_form_is_not_taken_for_harmless(expression: str) -> None:
    with pytest.raises(ExpressionError):
        refuses_absence(expression)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"action": "reject"}, True),
        ({"action": "soft reject", "honor_action": ["reject"]}, True),
        ({"action": "discard", "require_action": "no action"}, True),
        ({"action": "add header"}, False),
        ({"action": "reject", "require_action": ["add header"]}, False),
        ({}, False),
    ],
)
def test_only_what_refuses_mail_that_would_pass_counts(rule: dict[str, object], named: bool) -> None:
    found = forced({"force_actions": {"rules": {"UNSIGNED": {**rule, "expression": "R_DKIM_NA"}}}})
    assert found == ((f"UNSIGNED: {rule['action']} if R_DKIM_NA",) if named else ())


@pytest.mark.parametrize("section", [{}, {"rules": []}, {"rules": {"A": None, "B": {"action": "reject"}}}])
def test_other_shapes_hold_no_rule(section: dict[str, object]) -> None:
    assert forced({"force_actions": section}) == ()


def test_a_score_goes_before_a_weight() -> None:
    text = '{\n    "R_DKIM_NA weight": 0.0,\n    "R_DKIM_NA score": 20,\n    "ARC_NA weight": 1.0,\n    "options": {\n    },\n}\n'
    assert absence_points(text) == {"R_DKIM_NA": 20, "ARC_NA": 1.0}
    assert absence_points("") == absence_points('{"R_DKIM_NA score": "x"}') == {}


@pytest.mark.parametrize(
    ("points", "threshold", "told"),
    [
        ({"R_DKIM_NA": 20.0, "R_SPF_NA": 0.0}, 15.0, "R_DKIM_NA at 20, and reject begins at 15"),
        ({"R_DKIM_NA": 8.0, "R_SPF_NA": 8.0}, 15.0, "R_DKIM_NA at 8, R_SPF_NA at 8, and reject begins at 15"),
        ({"R_DKIM_NA": 2.0, "AUTH_NA": 15.0}, 15.0, "AUTH_NA at 15, and reject begins at 15"),
        ({"R_DKIM_NA": 20.0}, None, ""),
        ({"R_DKIM_NA": 8.0, "AUTH_NA": 8.0}, 15.0, ""),
        ({"R_DKIM_NA": -20.0}, -15.0, ""),
        ({}, 15.0, ""),
    ],
)
def test_points_that_reach_the_threshold_are_told(points: dict[str, float], threshold: float | None, told: str) -> None:
    assert outweighed(points, threshold) == told


@given(st.lists(st.sampled_from(["R_DKIM_NA", "X", "(", ")", "!", "&", "|", "+", ">", "2", "and", " ", "/", "\n"])))
def test_anything_is_read(words: list[str]) -> None:
    try:
        refuses_absence(" ".join(words))
    except ExpressionError:
        return
