"""A fleet under load: dead hosts, tarpits, hanging commands and lost connections cost one unknown each, and no time."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path

import pytest

from reports.exits import Exit
from tests.test_audit import GOOD, ROOT, Site, site

__all__ = ["site"]

SELECTED = ("-k", "check_hosts or check_resources")
# A connection that is lost in the middle of the second answer.
LOST = """while IFS= read -r l; do printf '%s\\n' "$l"; case $l in *" over 1") exit;; esac; done"""
ODD = {
    "dead": "sleep 0.1; echo 'ssh: connect to host x port 22: No route to host' >&2; exit 255",
    "tarpit": "exec sleep 300",
    "hangs": """for last; do :; done; sed -u "s/^q 1 .*/while :; do sleep 1; done/" | sh -c "$last" """,
    "lost": f'for last; do :; done; sh -c "$last" | {LOST}',
}


def counted(site: Site, script: str) -> str:
    """The script, that notes how many like it run at a time."""
    folder = site.folder.parent / "running"
    folder.mkdir(exist_ok=True)
    count = f'touch "{folder}/$$"; ls "{folder}" | wc -l >> "{folder}.most"; trap \'rm -f "{folder}/$$"\' EXIT'
    return f"{count}; {script.replace('exec ', '')}"


def most(site: Site) -> int:
    return max(map(int, (site.folder.parent / "running.most").read_text().split()))


def test_each_odd_host_costs_one_unknown_and_the_run_no_more_than_a_timeout(site: Site) -> None:
    waits = {"mailassay_connect_timeout": 3, "mailassay_command_timeout": 2, "mailassay_hosts_at_once": 4}
    hosts = {f"mx{number}": (GOOD, waits) for number in range(8)}
    site.write(hosts)
    began = time.monotonic()
    site.audit(*SELECTED)
    healthy = time.monotonic() - began
    site.write(hosts | {f"{kind}{number}": (script, waits) for kind, script in ODD.items() for number in range(3)})
    began = time.monotonic()
    site.audit(*SELECTED)
    # Twelve of twenty hosts are out of order, and this machine has other things to do.
    assert time.monotonic() - began < healthy * 3 + 25
    odd = [f"{kind}{number}" for kind in ODD for number in range(3)]
    blind = [line.partition(":")[0].partition("@")[2] for line in site.unexplained("unknown")]
    assert sorted(name for name in blind if name in odd) == sorted(odd)
    assert {r["verdict"] for r in site.results() if r["check"] == "hosts.reached" and r["target"] in hosts} == {"pass"}


def test_a_bastions_limit_is_kept_and_every_host_behind_it_is_seen(site: Site) -> None:
    behind = {"ansible_ssh_common_args": "-J jump.example.org", "mailassay_bastion_sessions": 2}
    site.write({f"mx{number}": (counted(site, GOOD), behind) for number in range(7)})
    site.audit("-k", "check_hosts")
    assert most(site) == 2
    assert [r["verdict"] for r in site.results() if r["check"] == "hosts.reached"] == ["pass"] * 7


def test_hosts_take_turns_and_are_logged_in_to_once_each(site: Site) -> None:
    site.write({f"mx{number}": (counted(site, GOOD), {"mailassay_hosts_at_once": 2}) for number in range(6)})
    site.audit("-k", "check_hosts")
    assert [r["verdict"] for r in site.results() if r["check"] == "hosts.reached"] == ["pass"] * 6
    assert len((site.folder.parent / "running.most").read_text().split()) == 6


def test_too_few_open_files_are_told_before_anybody_is_contacted(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    marked = tmp_path / "contacted"
    site.write({f"mx{number}": (f"touch {marked}; {GOOD}", {}) for number in range(40)})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    run = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    monkeypatch.setattr("tests.test_audit.sys.executable", write_python(tmp_path, run))
    done = site.audit("-k", "check_hosts")
    assert (soft, hard) == resource.getrlimit(resource.RLIMIT_NOFILE)
    assert done.returncode == Exit.USAGE
    assert "this audit needs" in done.stderr
    assert "ulimit -n" in done.stderr
    assert not marked.exists()
    assert not (site.out / "acme").exists()


def write_python(folder: Path, before: str) -> str:
    """A Python whose `-m pytest` runs this first."""
    path = folder / "python"
    real = os.path.realpath(ROOT / ".venv/bin/python")
    script = json.dumps(before)
    path.write_text(f'#!/bin/sh\nshift 2\nexec "{ROOT}/.venv/bin/python" -c {script} "$@"\n# {real}\n')
    path.chmod(0o755)
    return str(path)
