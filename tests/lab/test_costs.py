"""What an audit costs a host: few exchanges, and little to carry."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from checks.evidence.transcript import Answer, Lacking, Question, Transcript
from checks.pages import catalogue
from checks.resolve import Resolver, target_kind
from checks.run import INVENTORY, fixtures, load_transcript, recorded_inventory
from checks.target import Fleet, Host, fleet
from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
MOST_EXCHANGES = 3
MOST_OCTETS = 2 * 1024 * 1024


@pytest.fixture(scope="module")
def run(lab: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit of hosts of every kind."""
    out = tmp_path_factory.mktemp("costs")
    inventory = ("--inventory", "inventories/lab/hosts.yml", "--limit", "mail", "--out", str(out))
    argv = [sys.executable, "-m", "pytest", "checks", *inventory]
    subprocess.run(argv, cwd=CHECKOUT, capture_output=True, timeout=600, check=False)
    return out / "lab" / "latest"


def exchanges(host: Host, targets: Fleet, seen: Transcript) -> list[set[Question]]:
    """The commands of each exchange, as gathering from nothing asks for them."""
    transcript = Transcript(seen.clock)
    transcript.gathering = True
    known = fixtures()
    checks = [c for c in catalogue().values() if target_kind(c.id, c.parameters, known) == "host"]
    found: list[set[Question]] = []
    while True:
        lacking: set[Question] = set()
        resolver = Resolver(host, targets, transcript, known)
        for check in checks:
            try:
                resolver.cases(check.parameters)
            except Lacking as missing:
                lacking |= missing.questions
        if not lacking:
            return found
        if commands := {q for q in lacking if q.kind == "command" and q.target == host.name}:
            found.append(commands)
        for question in lacking:
            transcript.record(question, seen.answers(question.target).get(question, Answer("not asked")))


def test_three_exchanges_and_little_to_carry(run: Path) -> None:
    """All evidence of a host comes in three exchanges, and is far below two megabytes when compressed."""
    seen = load_transcript(run)
    targets = fleet(recorded_inventory(**json.loads((run / INVENTORY).read_text("utf-8")) | {"site": "lab"}))
    for host in targets.hosts:
        asked = exchanges(host, targets, seen)
        assert len(asked) <= MOST_EXCHANGES, (host.name, sorted(q.text for q in asked[-1]))
        octets = b"".join(answer.out + answer.err for answer in seen.answers(host.name).values())
        assert len(gzip.compress(octets)) < MOST_OCTETS, host.name
