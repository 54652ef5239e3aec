"""Generated pages are what the code says now, and the words that users read are all there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from checks.pages import PAGE, catalogue, page
from checks.policy import keys
from checks.resolve import target_kind
from checks.run import fixtures
from reports.exits import Exit

ROOT = Path(__file__).parent.parent


def test_the_list_of_checks_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(catalogue()), "run .venv/bin/python -m checks.pages"


def test_the_readme_names_every_exit_status() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [f"| {status.value} | {status.meaning} |" in text for status in Exit] == [True] * len(Exit)


@pytest.mark.parametrize("check_id", sorted(catalogue()))
def test_every_check_is_about_one_kind_of_target_and_cites_policies_that_exist(check_id: str) -> None:
    made = catalogue()[check_id]
    assert target_kind(check_id, made.parameters, fixtures()) in ("host", "endpoint", "domain", "observer")
    assert set(made.policies) <= set(keys())
    assert made.policies or len(made.authority) > 20, "names neither a standard nor a policy"


@pytest.mark.parametrize("check_id", sorted(catalogue()))
def test_every_assertion_says_what_was_seen(check_id: str) -> None:
    function = catalogue()[check_id].function
    tree = ast.parse((ROOT / "checks" / f"check_{check_id.partition('.')[0]}.py").read_text("utf-8"))
    (definition,) = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function.__name__]
    asserts = [node for node in ast.walk(definition) if isinstance(node, ast.Assert)]
    assert asserts
    assert all(node.msg is not None for node in asserts)
