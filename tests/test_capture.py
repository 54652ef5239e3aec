"""A state is looked at until two looks agree; what flaps is shown and fails nobody's run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reports.capture import alike, disagreed
from reports.compare import compare
from tests.reports.made import FAIL, PASS, UNKNOWN, record, report, verdict
from tests.test_audit import ROOT, Site
from tests.test_site import ONLY, site

__all__ = ["site"]


def test_runs_are_alike_that_name_the_same_roots() -> None:
    one = report(verdict("a.b@mx1"), verdict("a.c@mx1", rests_on=("a.b@mx1",)), verdict("q.q@mx1[x]", PASS)).record
    assert alike(one, record(verdict("a.b@mx1", seen="other words")))
    assert not alike(one, record(verdict("a.b@mx1", UNKNOWN)))
    assert disagreed(one, record(verdict("a.d@mx1"), verdict("a.b@mx1"))) == ["a.d@mx1"]


def test_what_repeated_captures_do_not_agree_on_is_no_regression() -> None:
    base, now = (
        record(verdict("a.b@mx1", PASS), verdict("a.c@mx1", PASS)),
        record(verdict("a.b@mx1"), verdict("a.c@mx1")),
    )
    before = record(verdict("a.b@mx1", PASS), verdict("a.c@mx1"))
    said = compare([base], now, captures=[before])
    assert [item.verdict.reference for item in said.regressions] == ["a.c@mx1"]
    assert said.by_reference["a.b@mx1"].pardon == "flapping: repeated captures do not agree on it"


@pytest.mark.parametrize(
    ("looks", "worse"),
    [((PASS, FAIL, FAIL), True), ((FAIL, PASS, FAIL), False), ((PASS, FAIL), False), ((FAIL, PASS, PASS, FAIL), False)],
)
def test_what_has_settled_gates_though_something_else_flaps(looks: tuple[str, ...], worse: bool) -> None:
    records = [record(verdict("a.b@mx1", said), verdict("o.o@mx1", PASS)) for said in looks]
    base = record(verdict("a.b@mx1", PASS), verdict("o.o@mx1", PASS))
    assert compare([base], records[-1], captures=records[:-1]).worse == worse


def captured(site: Site, *options: str, tries: int = 4) -> subprocess.CompletedProcess[str]:
    inventory = ("--inventory", str(site.folder / "hosts.yml"), "--out", str(site.out))
    argv = [sys.executable, "-m", "reports", "capture", "--tries", str(tries), "--", *inventory, *ONLY, *options]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def flapping(site: Site, tmp_path: Path, states: str) -> None:
    """The host answers with each of these words in turn, and stays with the last."""
    (tmp_path / "states").write_text("\n".join(states.split()) + "\n")
    noun = site.folder / "checks" / "fixtures" / "house.py"
    states_file = tmp_path / "states"
    pop = f'head -n 1 {states_file}; [ "$(wc -l < {states_file})" -lt 2 ] || sed -i 1d {states_file}'
    noun.write_text(noun.read_text().replace(f'"cat {tmp_path / "state"}"', repr(pop)))


def folders(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("capture: ") for line in done.stdout.splitlines() if line.startswith("capture: ")]


def test_two_looks_that_agree_are_enough(site: Site) -> None:
    done = captured(site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "captured 2 times: the last two say the same" in done.stdout
    assert len(folders(done)) == 2


def test_a_change_that_settles_is_what_counts(site: Site, tmp_path: Path) -> None:
    flapping(site, tmp_path, "good bad bad")
    done = captured(site)
    assert (done.returncode, len(folders(done))) == (1, 3)


def test_what_comes_back_flaps_although_two_looks_agree(site: Site, tmp_path: Path) -> None:
    assert site.audit(*ONLY).returncode == 0
    base = str((site.out / "acme" / "latest").resolve())
    flapping(site, tmp_path, "bad good bad")
    done = captured(site, "--baseline", base, "--gate", "regressions")
    assert (done.returncode, len(folders(done))) == (0, 3), done.stdout + done.stderr
    assert "the last two do not agree: flapping house.state_good@mx1" in done.stdout


def test_what_never_settles_is_shown_as_flapping_and_does_not_gate(site: Site, tmp_path: Path) -> None:
    assert site.audit(*ONLY).returncode == 0
    base = str((site.out / "acme" / "latest").resolve())
    # Each look says what none before has said: the reference is the same, the verdict another.
    flapping(site, tmp_path, "good bad")
    done = captured(site, "--baseline", base, "--gate", "regressions", tries=2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the last two do not agree: flapping house.state_good@mx1" in done.stdout
    report = Path(folders(done)[-1], "summary.md").read_text()
    assert "flapping: repeated captures do not agree on it" in report


def test_an_audit_that_cannot_run_is_no_capture(site: Site) -> None:
    done = captured(site, "--limit", "nosuch")
    assert done.returncode == 4
    assert "nothing was captured" in done.stderr


@pytest.mark.parametrize("said", [FAIL, UNKNOWN])
def test_what_was_known_before_and_is_bad_in_every_look_still_gates(said: str) -> None:
    base, looks = record(verdict("a.b@mx1", PASS)), [record(verdict("a.b@mx1", said)) for _ in range(2)]
    assert compare([base], looks[1], captures=looks[:1]).worse
