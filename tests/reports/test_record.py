"""results.jsonl: its published schema is true, its lines survive any text, and a torn record is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from checks.verdict import Verdict, read
from reports.head import read_head
from reports.verdicts import BadRecord, read_run, streamed, write_atomically
from tests.reports.made import PASS, UNKNOWN, kept, report, verdict

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "reports/results.schema.json").read_text())


def test_the_schema_is_one_and_names_every_field() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == {field.name for field in fields(Verdict)}


def test_what_is_written_follows_the_schema() -> None:
    said = [
        verdict("b.b@mx1", evidence=("line",)), verdict("z.z@mx1:25[192.0.2.1]", rests_on=("b.b@mx1",)),
        verdict("c.c@mx1", UNKNOWN), verdict("d.d@example.org", PASS, kind="domain", seen=""),
    ]  # fmt: skip
    validator = Draft202012Validator(SCHEMA)
    for line in report(*said).diagnosis.verdicts:
        assert list(validator.iter_errors(json.loads(line.line()))) == []


@given(st.text(st.characters(), max_size=60), st.lists(st.text(st.characters(), max_size=20), max_size=3))
def test_a_line_is_one_line_and_reads_back_whatever_a_server_said(seen: str, evidence: list[str]) -> None:
    before = verdict("a.b@mx1", seen=seen, evidence=tuple(evidence))
    line = before.line()
    assert line.splitlines() == [line]
    assert read(line.encode("utf-8").decode("utf-8")) == before


def test_another_schema_is_refused() -> None:
    line = json.dumps({**json.loads(verdict("a.b@mx1").line()), "schema": 2})
    with pytest.raises(ValueError, match="schema 2"):
        read(line)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda text: text[:-5], "torn"),
        (lambda text: text.replace('"fail"', '"fail', 1), "line 1 is torn"),
        (lambda text: text + "\n", "line 3 is torn"),
        (lambda _: "", "is empty"),
        (lambda text: text.replace('"schema": 1', '"schema": 9'), "schema 9"),
        (lambda text: text.replace('"side"', '"sides"'), "line 1"),
    ],
)
def test_a_record_that_is_torn_or_of_another_version_is_refused_in_one_line(tmp_path: Path, damage, word: str) -> None:  # type: ignore[no-untyped-def]
    folder = kept(tmp_path, "2026-11-20T02:00:00+00:00", verdict("a.b@mx1"), verdict("a.c@mx1")).folder
    path = folder / "results.jsonl"
    path.write_text(damage(path.read_text()))
    with pytest.raises(BadRecord) as caught:
        read_run(folder)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_torn_head_is_refused_and_a_missing_one_is_made_up(tmp_path: Path) -> None:
    folder = kept(tmp_path, "2026-11-20T02:00:00+00:00", verdict("a.b@mx1")).folder
    (folder / "run.json").write_text("{")
    with pytest.raises(BadRecord, match=r"run\.json"):
        read_run(folder)
    (folder / "run.json").unlink()
    found = read_run(folder)
    assert found.headless
    assert set(found.head.hosts) == {"mx1"}


def test_the_head_reads_back(tmp_path: Path) -> None:
    done = kept(tmp_path, "2026-11-20T02:00:00+00:00", verdict("a.b@mx1"), selection={"limit": "mx1"})
    assert read_head(done.folder) == done.head


def test_a_line_torn_by_a_crash_costs_that_line_only(tmp_path: Path) -> None:
    lines = [verdict("a.b@mx1", seen="a\u2028b\x85c").line(), verdict("a.c@mx1").line()[:40]]
    (tmp_path / "verdicts.jsonl").write_text("\n".join(lines))
    assert [v.reference for v in streamed(tmp_path)] == ["a.b@mx1"]


def test_a_sentence_of_ten_megabytes_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "verdicts.jsonl").write_text(verdict("a.b@mx1", seen="x" * 10_000_000).line() + "\n")
    (short,) = streamed(tmp_path)
    assert len(short.seen) < 5000
    assert short.seen.endswith("(9996000 characters more)")


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    write_atomically(path, "old")
    script = (
        "import resource, signal, sys; from pathlib import Path; from reports.verdicts import write_atomically;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "write_atomically(Path(sys.argv[1]), 'x' * 100_000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "OSError" in done.stderr
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["junit.xml"]


def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "text")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
