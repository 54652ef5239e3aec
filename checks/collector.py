"""`make collector`: prints the root-owned script for hosts where the audit may run nothing as root but this.

Its commands are those of the checks: all that can be known before the first answer, and all that the last run asked of
these hosts. What follows from an answer (the path of a log, a table's name) is thus in the script printed after a run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from checks.asked import asked_fleet
from checks.catalogue import Check
from checks.evidence.collected import Entry, script
from checks.evidence.command import BECOME, PRIVILEGED
from checks.evidence.session import limits_of
from checks.evidence.transcript import Lacking, Question, Transcript
from checks.pages import catalogue
from checks.resolve import Resolver, target_kind
from checks.run import UnusableRun, fixtures, load_transcript
from checks.target import Fleet, Target


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 4 if the inventory cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m checks.collector", description=__doc__)
    parser.add_argument("--out", default="reports/out", metavar="DIR", help="where runs are kept")
    asked, targets = asked_fleet(parser, argv)
    known = _last_run(Path(asked.out) / targets.site / "latest")
    sys.stdout.write(script(entries(targets, known), limits_of(targets.hosts[0].policy)))
    return 0


def _last_run(folder: Path) -> Transcript:
    try:
        return load_transcript(folder)
    except (UnusableRun, OSError):
        return Transcript(datetime.now(UTC))


def entries(targets: Fleet, known: Transcript) -> list[Entry]:
    """The commands that need root, each once, with the checks that ask them."""
    known.gathering = True
    names = {host.name for host in targets.hosts}
    wanted: dict[str, dict[str, None]] = {}
    for question, check in _asked(targets, known):
        if question.kind == "command" and question.target in names and _needs_root(question):
            wanted.setdefault(question.text.removeprefix(PRIVILEGED), {})[check] = None
    for question in (q for name in names for q in known.answers(name)):
        if question.kind == "command" and _needs_root(question):
            wanted.setdefault(question.text.removeprefix(PRIVILEGED), {})
    return [Entry(command, tuple(by)) for command, by in sorted(wanted.items())]


def _needs_root(question: Question) -> bool:
    return question.text.startswith(PRIVILEGED) and question.text != BECOME


def _asked(targets: Fleet, known: Transcript) -> Iterator[tuple[Question, str]]:
    """Each question of each check, as far as it is known."""
    nouns = fixtures()
    for made in catalogue().values():
        for target in targets.targets(target_kind(made.id, made.parameters, nouns)):
            yield from ((question, made.id) for question in _of(made, target, Resolver(target, targets, known, nouns)))


def _of(made: Check, _target: Target, resolver: Resolver) -> Iterator[Question]:
    try:
        for case in resolver.cases(made.parameters):
            yield from case.asked
    except Lacking as lacking:
        yield from lacking.questions


if __name__ == "__main__":
    sys.exit(main())
