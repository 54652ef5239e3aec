"""What README gives to copy is valid where it goes, and starts what there is."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("schema", "word"), [("vendor.gitlab-ci", "artifacts:"), ("vendor.github-workflows", "runs-on:")]
)
def test_an_example_for_ci_follows_that_systems_schema(tmp_path: Path, schema: str, word: str) -> None:
    found = [text for text in blocks("yaml") if word in text]
    assert len(found) == 2
    for number, text in enumerate(found):
        (tmp_path / f"{number}.yml").write_text(text)
    files = map(str, tmp_path.iterdir())
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def commands() -> list[str]:
    """Every command line of ours that README shows, in blocks, YAML scripts and the Jenkinsfile."""
    found = [line.partition(" # ")[0].strip() for text in blocks("") for line in text.splitlines()]
    for text in blocks("yaml"):
        content = yaml.safe_load(text)
        found += [line for job in ("mail-audit", "mail-audit-share") for line in content.get(job, {}).get("script", [])]
        found += [
            step.get("run", "").partition(" || ")[0]
            for job in content.get("jobs", {}).values()
            for step in job["steps"]
        ]
    found += re.findall(r"script: '([^']*)'", "".join(blocks("groovy")))
    return sorted({line for line in found if line.startswith(".venv/bin/")})


@pytest.mark.parametrize("line", commands())
def test_a_command_has_options_that_exist(line: str) -> None:
    """Each is asked for its help, and every long option of it must be in there."""
    words = shlex.split(line)
    program = (
        [sys.executable, "-m", "pytest"] if words[0].endswith("pytest") else [sys.executable, "-m", "reports", words[3]]
    )
    shown = subprocess.run(
        [*program, "--help"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    ).stdout
    own = words[: words.index("--")] if "--" in words else words
    assert not [word for word in own if word.startswith("--") and word.partition("=")[0] not in shown]


def test_the_jenkinsfile_is_whole() -> None:
    for text in blocks("groovy"):
        assert text.count("{") == text.count("}")
        assert text.count("(") == text.count(")")
        assert "status == 6" in text


def test_every_matrix_has_as_many_shares_as_it_says() -> None:
    """A share too few, and the merge would always fail; one too many, and it would never notice."""
    shares = [text for text in (*blocks("yaml"), *blocks("groovy")) if "--shard" in text]
    assert len(shares) == 3
    (github,) = [yaml.safe_load(text) for text in shares if "matrix:" in text]
    assert github["jobs"]["share"]["strategy"]["matrix"]["share"] == [1, 2, 3, 4]
    assert all("/4 " in text or "$CI_NODE_TOTAL" in text for text in shares)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)", TEXT)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_the_screen_is_one_that_findings_make() -> None:
    assert "it is required that:" in blocks("")[0]
    assert json.loads((ROOT / "reports/results.schema.json").read_text())["$id"].endswith(":1")


def test_the_example_of_a_change_sets_variables_that_there_are() -> None:
    known = yaml.safe_load((ROOT / "playbooks/prechange/defaults.yml").read_text("utf-8"))
    (example,) = [yaml.safe_load(text) for text in blocks("yaml") if "prechange_hosts" in text]
    assert set(example) <= set(known)
    assert {"prechange_hosts", "prechange_drain", "prechange_undrain"} <= set(example)
