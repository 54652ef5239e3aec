"""A site's own checks in its inventory's folder are bound, judged, reported and replayed like the suite's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_audit import GOOD, Site, pytest_run

CHECK = '''"""What this house asks of its hosts."""

import pytest


@pytest.mark.low
def check_{name}({noun}):
    """The state is good.

    Policy of the house: it must be.

    Why: It was not once.

    Fix: Mend it.
    """
    assert {noun} == "good", f"the state is {{{noun}!r}}"
'''
NOUN = """from checks.evidence.command import output


def state(t, host):
    return output(t, host, "cat {path}").strip()
"""
ONLY = ("-k", "check_house or check_hosts")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write({"mx1": (GOOD, {})})
    (made.folder / "checks" / "fixtures").mkdir(parents=True)
    (made.folder / "checks" / "check_house.py").write_text(CHECK.format(name="state_good", noun="state"))
    (made.folder / "checks" / "fixtures" / "house.py").write_text(NOUN.format(path=tmp_path / "state"))
    (tmp_path / "state").write_text("good\n")
    return made


def said(site: Site) -> dict[str, str]:
    return {str(r["check"]): str(r["verdict"]) for r in site.results()}


def test_it_is_judged_beside_the_suites_and_in_every_report(site: Site, tmp_path: Path) -> None:
    assert site.audit(*ONLY).returncode == 0
    assert said(site)["house.state_good"] == said(site)["hosts.reached"] == "pass"
    (tmp_path / "state").write_text("bad\n")
    done = site.audit(*ONLY)
    assert done.returncode == 1
    assert "LOW  house.state_good: it is required that: The state is good." in done.stdout
    for name in ("junit.xml", "report.html", "summary.md"):
        assert "the state is" in (site.out / "acme" / "latest" / name).read_text()


def test_a_waiver_may_name_it(site: Site, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("bad\n")
    waiver = "- {check: house.*, scope: mx1, reason: r, approver: a, expires: 2999-01-01}\n"
    (site.folder / "waivers.yml").write_text(waiver)
    assert site.audit(*ONLY).returncode == 0
    assert said(site)["house.state_good"] == "waived"


def test_a_replay_judges_it_again(site: Site) -> None:
    site.audit(*ONLY)
    latest = str((site.out / "acme" / "latest").resolve())
    assert pytest_run("checks", "--replay", latest, "--out", str(site.out), *ONLY).returncode == 0
    assert said(site)["house.state_good"] == "pass"


def test_who_names_a_file_of_the_suite_gets_that_alone(site: Site) -> None:
    inventory = ("--inventory", str(site.folder / "hosts.yml"), "--out", str(site.out))
    pytest_run("checks/check_hosts.py", *inventory)
    assert "house.state_good" not in said(site)


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        ("checks/fixtures/more.py", "def release():\n    return 1\n", "there is a fixture release already"),
        ("checks/fixtures/more.py", "import nowhere\n", "No module named 'nowhere'"),
        ("checks/check_hosts.py", CHECK.format(name="reached", noun="state"), "there is a check hosts.reached already"),
        ("checks/check_more.py", CHECK.format(name="it", noun="nothing_such"), "no fixture is named 'nothing_such'"),
    ],
)
def test_what_cannot_be_used_stops_the_run_and_says_where(site: Site, path: str, text: str, word: str) -> None:
    (site.folder / path).write_text(text)
    done = site.audit()
    assert done.returncode in (2, 4)
    assert word in done.stderr + done.stdout
    assert Path(path).name in done.stderr + done.stdout
