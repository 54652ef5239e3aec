"""Whatever a sick host answers, or does not: a check says so, and never fails by a bug of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from checks.catalogue import Check
from checks.evidence.transcript import Answer, Lacking, NoEvidence, Question, Transcript
from checks.pages import catalogue
from checks.resolve import Resolver, Skip, target_kind
from checks.run import fixtures, recorded_inventory
from checks.target import Fleet, fleet

NOISE = (
    b"\xff\xfe\x00 half a li\nname = value { unclosed\n= \n:\t|\t|\n-1 99999999999999999999 ::\n[[[\n%s ${x} {{ 7|4|-\n"
    b"tcp LISTEN 0 0 [::1%x]:abc\n*filter\n-A INPUT -j\nInst x [1] (\n@@@ \xe2\x80\xae \n0 0 0 0 0 0 0 0\n"
)
ANSWERS: dict[str, Callable[[Question], Answer]] = {
    "absent tools": lambda _: Answer("exit 127", b"", b"sh: 1: not found"),
    "empty answers": lambda _: Answer("exit 0"),
    "noise": lambda _: Answer("exit 0", NOISE, NOISE),
    "noise that was cut": lambda _: Answer("exit 0", NOISE * 40, b"", truncated=True),
    "failing commands": lambda _: Answer("exit 1", NOISE, b"No space left on device"),
    "signals": lambda _: Answer("exit 137", b"Killed"),
    "hanging commands": lambda _: Answer("timed out after 20 s", NOISE),
    "no privilege": lambda q: Answer("no privilege" if q.text.startswith("sudo ") else "exit 0", NOISE),
    "a lost host": lambda _: Answer("unreachable: the connection was lost half-way"),
}
INVENTORY: dict[str, dict[str, object]] = {
    "mx1": {
        "mailassay_roles": ["mx", "submission", "mailbox", "outbound"], "mailassay_domains": ["example.org"],
        "mailassay_hostname": "mx1.example.org", "mailassay_ssh_from": ["192.0.2.0/24"],
        "mailassay_backups": ["/srv/backup/*", "backup.service"], "mailassay_root_keys": ["SHA256:x"],
        "mailassay_sudo_without_password": ["audit"], "mailassay_outbound_25_only_mta": True,
        "mailassay_trusted_networks": ["192.0.2.0/24"],
    },
    "client1": {"mailassay_roles": ["client"], "mailassay_smarthost": "mx1.example.org:587"},
}  # fmt: skip


def answered(question: Question, say: Callable[[Question], Answer]) -> Answer:
    """Commands are answered by the sick host; nobody else answers at all."""
    if question.kind == "command":
        return say(question)
    return Answer("exit 0") if question.kind == "earlier" else Answer("timed out")


def bugs(check: Check, targets: Fleet, say: Callable[[Question], Answer]) -> list[str]:
    """What went wrong in the check's fixtures, other than having nothing to look at."""
    known = fixtures()
    found = []
    for target in targets.targets("host"):
        transcript = Transcript(datetime(2026, 11, 26, tzinfo=UTC))
        transcript.gathering = True
        for _ in range(12):
            try:
                cases = Resolver(target, targets, transcript, known).cases(check.parameters)
                break
            except Lacking as missing:
                for question in missing.questions:
                    transcript.record(question, answered(question, say))
        errors = [case.error for case in cases if case.error is not None]
        found += [f"{target.name}: {error!r}" for error in errors if not isinstance(error, NoEvidence | Skip)]
    return found


@pytest.mark.parametrize("sickness", ANSWERS)
def test_no_answer_of_a_host_is_a_bug_of_ours(sickness: str) -> None:
    """Every check of a host, with every command answered in the same bad way."""
    targets = fleet(recorded_inventory("test", INVENTORY))
    known = fixtures()
    of_hosts = [check for check in catalogue().values() if target_kind(check.id, check.parameters, known) == "host"]
    assert len(of_hosts) > 100
    found = {check.id: wrong for check in of_hosts if (wrong := bugs(check, targets, ANSWERS[sickness]))}
    assert not found, "\n".join(f"{name}: {wrong}" for name, wrong in found.items())
