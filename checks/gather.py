"""Gathers evidence: works out what the selected checks lack, asks all of it at once, until nothing is lacking."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from checks.catalogue import Check
from checks.evidence.command import LOGIN, UNREACHABLE
from checks.evidence.observe import Vantage
from checks.evidence.probes import PROBES
from checks.evidence.session import HostSessions
from checks.evidence.transcript import Answer, Lacking, Question, Transcript
from checks.resolve import Fixtures, Resolver
from checks.target import Fleet, Target

# A chain of questions longer than this is a bug in a fixture: ten SPF includes, each with addresses, are twenty.
MOST_ROUNDS = 32

Selection = Iterable[tuple[Check, Target]]
Progress = Callable[[str, int, int], None]


class EndlessGathering(RuntimeError):
    """A fixture asks for ever; the message says what."""


def gather(selection: Selection, fleet: Fleet, transcript: Transcript, fixtures: Fixtures, progress: Progress) -> int:
    """Ask all that the selected checks need, of all targets concurrently. Returns the number of rounds."""
    return asyncio.run(_gather(list(selection), fleet, transcript, fixtures, progress))


async def _gather(
    selection: list[tuple[Check, Target]], fleet: Fleet, transcript: Transcript, fixtures: Fixtures, progress: Progress
) -> int:
    transcript.gathering = True
    watchers = [observer.host for observer in fleet.observers if observer.host]
    sessions = HostSessions(list({h.name: h for h in (*fleet.hosts, *watchers)}.values()), {w.name for w in watchers})
    vantage = Vantage(sessions, fleet.observers[0].policy)
    wanted = _by_target(selection)
    resolvers = {name: Resolver(target, fleet, transcript, fixtures) for name, (target, _) in wanted.items()}
    try:
        for rounds in range(MOST_ROUNDS):
            lacking = _lacking(wanted, resolvers)
            if not lacking:
                return rounds
            await _fetch(lacking, transcript, sessions, vantage, progress)
        raise EndlessGathering(f"still lacking after {MOST_ROUNDS} rounds: {sorted(lacking)[:3]}")
    finally:
        transcript.gathering = False
        vantage.dns_lines.close()
        await sessions.close()


def _by_target(selection: Selection) -> dict[str, tuple[Target, list[Check]]]:
    wanted: dict[str, tuple[Target, list[Check]]] = {}
    for check, target in selection:
        wanted.setdefault(f"{target.kind} {target.name}", (target, []))[1].append(check)
    return wanted


def _lacking(wanted: dict[str, tuple[Target, list[Check]]], resolvers: Mapping[str, Resolver]) -> set[Question]:
    """What is still to be asked. A target whose checks lack nothing any more is not looked at again."""
    lacking: set[Question] = set()
    for name, (_, checks) in list(wanted.items()):
        open_checks = []
        for check in checks:
            try:
                resolvers[name].cases(check.parameters)
            except Lacking as missing:
                lacking |= missing.questions
                open_checks.append(check)
        checks[:] = open_checks
        if not checks:
            del wanted[name]
    return lacking


async def _fetch(
    lacking: set[Question], transcript: Transcript, sessions: HostSessions, vantage: Vantage, progress: Progress
) -> None:
    by_target: dict[str, list[Question]] = defaultdict(list)
    for question in sorted(lacking):
        by_target[question.target].append(question)
    done = 0

    async def one(name: str, questions: list[Question]) -> None:
        nonlocal done
        for question, answer in (await _ask(questions, sessions, vantage)).items():
            transcript.record(question, answer)
            if question.kind == "command" and answer.outcome.startswith(UNREACHABLE):
                # Lost half-way is not reached: one verdict says so, and hides all that could not be asked.
                transcript.record(Question(name, "command", LOGIN), answer)
        done += 1
        progress(name, done, len(by_target))

    await asyncio.gather(*(one(name, questions) for name, questions in by_target.items()))


async def _ask(questions: list[Question], sessions: HostSessions, vantage: Vantage) -> dict[Question, Answer]:
    """All questions of one target: its commands in one exchange, its probes beside them."""
    commands = [q for q in questions if q.kind == "command"]
    probes = [q for q in questions if q.kind != "command"]
    batch = asyncio.create_task(_batch(commands, sessions))
    probed = await asyncio.gather(*(PROBES[q.kind](q, vantage) for q in probes))
    return await batch | dict(zip(probes, probed, strict=True))


async def _batch(commands: list[Question], sessions: HostSessions) -> dict[Question, Answer]:
    if not commands:
        return {}
    answers = await sessions.ask(commands[0].target, [q.text for q in commands])
    return dict(zip(commands, answers, strict=True))
