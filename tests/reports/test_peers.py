"""A root cause says which peers do not have it, and what differs there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question
from checks.verdict import FAIL, PASS, Verdict
from reports.diagnosis import diagnose
from reports.head import Head, HostEntry
from reports.peers import with_peers

MX = HostEntry(("mx",))
HEAD = Head(
    "acme", "2026-11-25T00:00:00+00:00", hosts={"mx1": MX, "mx2": MX, "mx3": MX, "box1": HostEntry(("mailbox",))},
    endpoints={"mx1.example.org:25": ("mx1",), "mx2.example.org:25": ("mx2",), "mx2.example.org:587": ("mx2",)},
)  # fmt: skip
ASKED = "postconf -n"


def verdict(target: str, said: str, instance: str | None = None, kind: str = "host") -> Verdict:
    asked = (ASKED,) if said == FAIL else ()
    return Verdict("a.check", target, kind, instance, said, "high", "T", "seen", asked=asked)


def peers(folder: Path, *verdicts: Verdict) -> dict[str, tuple[str, ...]]:
    return {v.target: v.peers for v in with_peers(diagnose(verdicts), HEAD, folder).verdicts}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "transcripts").mkdir()
    for host, value in {"mx1": "no", "mx2": "yes"}.items():
        text = f"disable_vrfy_command = {value}\nmyhostname = {host}.example.org\n"
        answers = {Question(host, "command", ASKED): Answer("exit 0", text.encode())}
        rendered = notation.render(datetime(2026, 11, 25, tzinfo=UTC), answers)
        (tmp_path / "transcripts" / f"{host}.txt").write_text(rendered)
    return tmp_path


def test_what_differs_from_the_peer_is_told_without_the_hosts_own_names(folder: Path) -> None:
    said = peers(folder, verdict("mx1", FAIL), verdict("mx2", PASS), verdict("box1", PASS))
    assert said["mx1"] == ("mx2 passes", "mx2 → mx1: disable_vrfy_command: yes → no")


def test_files_named_after_their_hosts_are_alike(folder: Path) -> None:
    said = peers(folder, verdict("mx1", FAIL, "/etc/ssl/mx1.key"), verdict("mx2", PASS, "/etc/ssl/mx2.key"))
    assert said["mx1"][0] == "mx2 passes"


def test_other_roles_and_other_failures_are_no_peers(folder: Path) -> None:
    assert peers(folder, verdict("mx1", FAIL), verdict("box1", PASS), verdict("mx3", FAIL))["mx1"] == ()


def test_a_peer_whose_transcript_is_gone_still_passes(tmp_path: Path) -> None:
    assert peers(tmp_path, verdict("mx1", FAIL), verdict("mx3", PASS))["mx1"] == ("mx3 passes",)


def test_endpoints_of_the_same_port_and_roles_are_peers(folder: Path) -> None:
    said = peers(
        folder,
        verdict("mx1.example.org:25", FAIL, "192.0.2.1", "endpoint"),
        verdict("mx2.example.org:25", PASS, "192.0.2.2", "endpoint"),
        verdict("mx2.example.org:587", PASS, "192.0.2.2", "endpoint"),
    )
    assert said["mx1.example.org:25"] == ("mx2.example.org:25 passes",)
