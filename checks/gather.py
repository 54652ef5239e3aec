"""Gathers evidence: works out what the selected checks lack, asks it, and goes on until nothing is lacking.

Every target goes ahead by itself, so that an audit takes as long as its slowest target and not as the sum of the
slowest of each round. What two targets ask is asked once; what is asked of a host meanwhile travels in one exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from checks.catalogue import Check
from checks.evidence.command import LOGIN, UNREACHABLE
from checks.evidence.observe import Vantage
from checks.evidence.people import People
from checks.evidence.probes import PROBES
from checks.evidence.redact import redacted
from checks.evidence.session import HostSessions
from checks.evidence.transcript import Answer, Question, Transcript
from checks.logins import logins
from checks.pace import Pace
from checks.policy import Policy
from checks.progress import Progress
from checks.resolve import Fixtures, Resolver
from checks.target import Fleet, Target

# A chain of questions longer than this is a bug in a fixture: ten SPF includes, each with addresses, are twenty.
MOST_ROUNDS = 32
_TO_CLOSE = 5  # seconds that sessions are given to end in order

Selection = Iterable[tuple[Check, Target]]
More = Callable[[Callable[[Target], Resolver]], Selection]


class EndlessGathering(RuntimeError):
    """A fixture asks for ever; the message says what."""


def gather(more: More, fleet: Fleet, transcript: Transcript, fixtures: Fixtures, progress: Progress) -> int:
    """Ask all that the selected checks need, of all targets concurrently. Returns the most rounds a target took.

    more: the checks to gather for, and then those that this makes necessary, until there are none.
    """
    return asyncio.run(_to_the_end(_gather(more, fleet, transcript, fixtures, progress)))


async def _to_the_end(work: Coroutine[object, object, int]) -> int:
    """Ctrl-C ends it for sure: Python's wait_for forgets that it was cancelled if what it waits for comes just then."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_TO_CLOSE)
        if not task.cancelled():
            task.exception()  # nobody asks for it any more
        raise


def just(selection: Selection) -> More:
    """These checks and no more."""
    passes = iter([list(selection)])
    return lambda _: next(passes, [])


async def _gather(more: More, fleet: Fleet, transcript: Transcript, fixtures: Fixtures, progress: Progress) -> int:
    transcript.gathering = True
    watchers = [observer.host for observer in fleet.observers if observer.host]
    sessions = HostSessions(list({h.name: h for h in (*fleet.hosts, *watchers)}.values()), {w.name for w in watchers})
    costs = fleet.observers[0].policy
    vantage = Vantage(sessions, costs, logins(fleet))
    desk = _Desk(transcript, sessions, vantage, costs)
    resolvers: dict[tuple[str, str], Resolver] = {}
    ticking = asyncio.create_task(_tick(progress))

    def resolver(target: Target) -> Resolver:
        return resolvers.setdefault((target.kind, target.name), Resolver(target, fleet, transcript, fixtures))

    def forget(target: Target) -> None:
        """What its fixtures made of the evidence is many times as large as the evidence."""
        resolvers.pop((target.kind, target.name), None)

    try:
        rounds = 0
        while wanted := _by_target(more(resolver)):
            rounds = max(rounds, await _pass(wanted, resolver, forget, desk, progress))
            resolvers.clear()  # also those that `more` looked at
        return rounds
    finally:
        ticking.cancel()
        progress.close()
        transcript.gathering = False
        desk.close()
        vantage.dns_lines.close()
        await sessions.close()
        await vantage.forwards.close()


async def _tick(progress: Progress) -> None:
    while True:
        await asyncio.sleep(progress.every)
        progress.tick()


async def _pass(
    wanted: list[tuple[Target, list[Check]]], resolver: Callable[[Target], Resolver], forget: Callable[[Target], None],
    desk: _Desk, progress: Progress,
) -> int:  # fmt: skip
    """Gather for these checks; the most rounds that a target took."""
    progress.begin(target.name for target, _ in wanted)

    async def one(target: Target, checks: list[Check]) -> int:
        rounds = await _complete(target.name, resolver(target), checks, desk)
        forget(target)
        progress.end(target.name, desk.dead(target.name))
        if target.kind == "host":
            desk.done(target.name)
        return rounds

    return max(await asyncio.gather(*(one(target, checks) for target, checks in wanted)))


def _by_target(selection: Selection) -> list[tuple[Target, list[Check]]]:
    wanted: dict[tuple[str, str], tuple[Target, list[Check]]] = {}
    for check, target in selection:
        wanted.setdefault((target.kind, target.name), (target, []))[1].append(check)
    return list(wanted.values())


async def _complete(name: str, resolver: Resolver, checks: list[Check], desk: _Desk) -> int:
    """Ask until none of the target's checks lacks anything; how many rounds that took."""
    for rounds in range(MOST_ROUNDS):
        lacking: set[Question] = set()
        still: list[Check] = []
        for check in checks:
            if missing := resolver.lacks(check.parameters):
                lacking |= missing
                still.append(check)
        if not lacking:
            return rounds
        checks = still
        await desk.ask(lacking)
        resolver.answered()
    raise EndlessGathering(f"{name}: still lacking after {MOST_ROUNDS} rounds: {sorted(lacking)[:3]}")


class _Desk:
    """Takes questions in, each once, and records the answers."""

    def __init__(self, transcript: Transcript, sessions: HostSessions, vantage: Vantage, costs: Policy) -> None:
        self._transcript = transcript
        self._sessions = sessions
        self._vantage = vantage
        self._slots = asyncio.Semaphore(costs.probes_at_once)
        self._pace = Pace(costs.dns_pace)
        # Accounts for a test are nobody's, and those who are to remove them need their names.
        self._people = People(
            (*(costs.test_accounts or ()), *(v for v in costs.chosen().values() if isinstance(v, str)))
        )
        self._named = costs.people_named is True
        self._asked: dict[Question, asyncio.Future[None]] = {}
        self._waiting: dict[str, list[Question]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, questions: Iterable[Question]) -> None:
        """Returns when all of them are answered, by whomever they were asked first."""
        await asyncio.gather(*[self._future(question) for question in sorted(questions)])

    def dead(self, name: str) -> str:
        """Why this host was not reached; empty if it was, or is no host."""
        login = self._transcript.answers(name).get(Question(name, "command", LOGIN))
        reached = login is None or not login.outcome.startswith(UNREACHABLE)
        return "" if login is None or reached else login.outcome.removeprefix(UNREACHABLE)

    def done(self, host: str) -> None:
        """All is known that is to be judged of this host; others may have its place."""
        self._sessions.done(host)

    def close(self) -> None:
        """Ask nothing more (after Ctrl-C)."""
        for task in self._tasks:
            task.cancel()

    def _future(self, question: Question) -> asyncio.Future[None]:
        if question not in self._asked:
            self._asked[question] = asyncio.get_running_loop().create_future()
            if question.kind != "command":
                self._start(self._probe(question))
            elif question.target in self._waiting:
                self._waiting[question.target].append(question)
            else:
                self._waiting[question.target] = [question]
                self._start(self._exchanges(question.target))
        return self._asked[question]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()):
            for future in self._asked.values():
                if not future.done():
                    future.set_exception(bug)

    async def _probe(self, question: Question) -> None:
        if question.kind == "dns":
            await self._pace.turn()
        async with self._slots:
            self._record(question, await PROBES[question.kind](question, self._vantage))

    async def _exchanges(self, host: str) -> None:
        """One exchange after the other, each with all that was asked of the host meanwhile."""
        while questions := self._waiting[host]:
            self._waiting[host] = []
            answers = await self._sessions.ask(host, [self._people.revealed(question.text) for question in questions])
            for question, answer in zip(questions, answers, strict=True):
                if answer.outcome.startswith(UNREACHABLE):
                    # Lost half-way is not reached: one verdict says so, and hides all that could not be asked.
                    self._transcript.record(Question(host, "command", LOGIN), answer)
                self._record(question, self._harmless(answer))
        del self._waiting[host]

    def _harmless(self, answer: Answer) -> Answer:
        """The answer of a command without secrets, and with tokens in the place of people."""
        out, err = redacted(answer.out), redacted(answer.err)
        if not self._named:
            out, err = self._people.hidden(out), self._people.hidden(err)
        return answer if (out, err) == (answer.out, answer.err) else replace(answer, out=out, err=err)

    def _record(self, question: Question, answer: Answer) -> None:
        """From now on nobody lacks it, and nobody asks it again."""
        self._transcript.record(question, answer)
        self._asked.pop(question).set_result(None)
