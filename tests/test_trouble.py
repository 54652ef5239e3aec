"""Bad places and bad company: an audit says what is wrong in a line, and what was whole before stays whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from reports.verdicts import read_run
from tests.test_audit import GOOD, ONLY_HOSTS, ROOT, Site, site

__all__ = ["site"]


def test_two_audits_at_once_have_a_folder_each_and_both_are_whole(site: Site) -> None:
    site.write({"mx1": (GOOD, {})})
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "checks",
        "--inventory",
        str(site.folder / "hosts.yml"),
        "--out",
        str(site.out),
    ]
    runs = [subprocess.Popen([*argv, *ONLY_HOSTS], cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(timeout=200) for run in runs] == [0, 0]
    folders = [path for path in (site.out / "acme").iterdir() if not path.is_symlink()]
    assert len(folders) == 2
    assert len({tuple(v.reference for v in read_run(folder).verdicts) for folder in folders}) == 1
    assert (site.out / "acme" / "latest").resolve() in folders


@pytest.mark.parametrize("place", ["file/out", "/proc/nowhere/out"])
def test_a_folder_that_cannot_be_written_is_one_line(site: Site, place: str) -> None:
    site.write({"mx1": (GOOD, {})})
    (site.folder.parent / "file").write_text("")
    site.out = site.folder.parent / place
    done = site.audit(*ONLY_HOSTS)
    assert done.returncode == 4
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    if os.geteuid() != 0:
        pytest.skip("a file system of its own needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("left", [0, 4096, 16384])
def test_a_full_disk_is_said_and_the_last_run_stays_whole(site: Site, small_disk: Path, left: int) -> None:
    """Wherever it fills up, the run does not look clean, and `latest` is still the run before."""
    site.write({"mx1": (GOOD, {})})
    site.out = small_disk / "out"
    assert site.audit(*ONLY_HOSTS).returncode == 0
    latest = (site.out / "acme" / "latest").resolve()
    before = {path.name: path.read_bytes() for path in latest.iterdir() if path.is_file()}
    free = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"x" * max(0, free.f_bavail * free.f_bsize - left))
    done = site.audit(*ONLY_HOSTS)
    assert done.returncode in (3, 4)
    assert "No space left on device" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert (site.out / "acme" / "latest").resolve() == latest
    assert {path.name: path.read_bytes() for path in latest.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("waivers.yml", "- {check: hosts.*, scope: mx1, reason: r, approver: a, expires: 31.12.2026}", ("waiver 1", "31.12.2026", "2026-12-31")),
        ("waivers.yml", "- {check: hosts.reachd, scope: mx1, reason: r, approver: a, expires: 2999-01-01}", ("did you mean hosts.reached?",)),
        ("waivers.yml", "- check: [", ("waivers.yml",)),
        ("debt.yml", "- {check: hosts.reached, target: mx1, severity: low, owner: o, recorded: x, review: 2999-01-01}", ("recorded",)),
    ],
)  # fmt: skip
def test_a_file_of_the_site_that_cannot_be_used_is_one_line(
    site: Site, name: str, text: str, words: tuple[str, ...]
) -> None:
    site.write({"mx1": (GOOD, {})})
    (site.folder / name).write_text(text + "\n")
    done = site.audit(*ONLY_HOSTS)
    assert done.returncode == 4
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("damage", ["torn", "version", "strangers"])
def test_a_baseline_that_cannot_be_used_stops_the_run_before_anybody_is_contacted(site: Site, damage: str) -> None:
    site.write({"mx1": (GOOD, {})})
    site.audit(*ONLY_HOSTS)
    base = (site.out / "acme" / "latest").resolve()
    record, head = base / "results.jsonl", base / "run.json"
    if damage == "torn":
        record.write_text(record.read_text()[:-9])
    elif damage == "version":
        head.write_text(head.read_text().replace('"suite": "', '"suite": "0.0.'))
    site.write({("mx9" if damage == "strangers" else "mx1"): (f"touch {site.folder}/contacted; {GOOD}", {})})
    done = site.audit(*ONLY_HOSTS, "--baseline", str(base))
    assert done.returncode == 4
    assert {"torn": "is torn", "version": "0.0.", "strangers": "other hosts"}[damage] in done.stderr
    assert not (site.folder / "contacted").exists()


def test_ten_megabytes_on_one_line_and_hostile_bytes_reach_every_report_cut_and_escaped(site: Site) -> None:
    hostile = r"printf '\033]0;x\007\000\377<script>]]>&\n'; head -c 10000000 /dev/zero | tr '\0' 'x'"
    site.write({"mx1": (f"{{ {hostile}; }} >&2; exit 255", {})})
    done = site.audit(*ONLY_HOSTS, "--also", "csv", "--also", "sarif", "--also", "prometheus")
    assert done.returncode in (1, 6)
    folder = (site.out / "acme" / "latest").resolve()
    for path in folder.iterdir():
        if path.is_file():
            octets = path.read_bytes()
            assert len(octets) < 1_000_000, path
            assert not set(octets) & {0, 7, 27}, path
            octets.decode()
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_no_colour_where_none_is_wanted(
    site: Site, monkeypatch: pytest.MonkeyPatch, variable: str, coloured: bool
) -> None:
    site.write({"mx1": (GOOD, {})})
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "1")
    seen = in_a_terminal(site)
    assert "exit status" in seen
    assert ("\x1b[1m" in seen) == coloured


def in_a_terminal(site: Site) -> str:
    """What an audit writes to a terminal."""
    ours, theirs = os.openpty()
    argv = [sys.executable, "-m", "pytest", "checks", "--inventory", str(site.folder / "hosts.yml")]
    running = subprocess.Popen([*argv, "--out", str(site.out), *ONLY_HOSTS], cwd=ROOT, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # so a terminal tells its end
        while more := os.read(ours, 4096):
            seen += more
    running.wait(timeout=60)
    os.close(ours)
    return seen.decode("utf-8", "replace")
