"""Works out what a check's parameters mean for a target: fixtures, their prerequisites and their instances.

A fixture is a public function of checks/fixtures. Its parameters are other fixtures or one of the roots below. It
returns a value, or yields ``(label, value)`` pairs: then whatever rests on it is judged once for each pair. It raises
Skip where there is nothing to examine and NoEvidence where we could not look.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from checks.catalogue import parameter_names
from checks.evidence.transcript import Answer, Lacking, NoEvidence, Question, Transcript
from checks.target import Fleet, Target

TARGETS = ("host", "endpoint", "domain", "observer")
ROOTS = (*TARGETS, "t", "fleet", "policy", "clock")

Fixtures = Mapping[str, Callable[..., Any]]


class Skip(Exception):
    """Nothing to examine. absence: the reference of the check that reports the absence, if it is one."""

    def __init__(self, why: str, absence: str = "") -> None:
        self.absence = absence
        super().__init__(why)


class BadFixture(ValueError):
    """A parameter that no fixture explains, or a check about two kinds of target at once."""


def reference(check: str, target: str, instance: str | None = None) -> str:
    """``check@target[instance]``; without instance it means every instance of that check on that target."""
    return f"{check}@{target}" + (f"[{instance}]" if instance is not None else "")


def without_instance(reference: str) -> str:
    """``check@target`` of ``check@target[instance]``; an IPv6 target's own brackets are not taken for an instance."""
    check, at, rest = reference.partition("@")
    cut = rest.find("[", 1)
    return f"{check}{at}{rest if cut < 0 or not rest.endswith(']') else rest[:cut]}"


@dataclass
class Reading:
    """The transcript as one fixture sees it (its parameter ``t``); it notes what the fixture drew on."""

    transcript: Transcript
    asked: list[Question] = field(default_factory=list)
    rests: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def ask(self, *questions: Question) -> tuple[Answer, ...]:
        """See Transcript.ask."""
        self.asked += questions
        return self.transcript.ask(*questions)

    def ahead(self, *questions: Question) -> None:
        """Ask while gathering what others will draw on later, so that it costs no exchange of its own."""
        if self.transcript.gathering:
            self.transcript.ask(*questions)

    def seen(self, question: Question) -> Answer | None:
        """What another target answered to a check of its own; None while gathering, and where it was not asked.

        So nobody is asked, or waited for, on another's behalf.
        """
        if self.transcript.gathering:
            return None
        answer = self.transcript.answers(question.target).get(question)
        self.asked += [question] if answer is not None else []
        return answer

    def rests_on(self, check: str, target: str, instance: str | None = None) -> None:
        """What is judged here makes sense only where that other check passes."""
        self.rests.append(reference(check, target, instance))

    def shows(self, *lines: str) -> None:
        """The lines a person would want to see as evidence."""
        self.lines += lines


@dataclass(frozen=True)
class Outcome:
    """What one fixture gave. value, or why there is none (Skip or NoEvidence or a bug)."""

    value: Any = None
    error: Exception | None = None
    rests: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One instance to be judged: the arguments, or the error that stands in their place."""

    labels: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    rests: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def instance(self) -> str | None:
        """What tells this case from the others of its check and target: port, address, selector …

        An empty label tells nothing: it is that of the one that most hosts have alone.
        """
        return " ".join(label for _, label in self.labels if label) or None

    def after(self, name: str, outcome: Outcome, label: str | None = None) -> Case:
        """The case with one more fixture known; what is nearest to the check is shown first."""
        return Case(  # not replace(), which takes three times as long
            labels=self.labels if label is None else (*self.labels, (name, label)),
            values={**self.values, name: outcome.value},
            error=outcome.error,
            rests=self.rests + outcome.rests,
            asked=self.asked + outcome.asked,
            lines=outcome.lines + self.lines,
        )


class _Orders:
    """The orders worked out of one table of fixtures, which is the same for all checks and targets of a run."""

    def __init__(self, fixtures: Fixtures) -> None:
        self.fixtures = fixtures
        self.known: dict[tuple[str, ...], tuple[str, ...]] = {}


_orders = _Orders({})


def order(parameters: Iterable[str], fixtures: Fixtures) -> tuple[str, ...]:
    """The fixtures behind these parameters, prerequisites first. Raises BadFixture."""
    global _orders
    if _orders.fixtures is not fixtures:
        _orders = _Orders(fixtures)
    wanted = tuple(parameters)
    if wanted not in _orders.known:
        _orders.known[wanted] = _order(wanted, fixtures)
    return _orders.known[wanted]


def _order(parameters: tuple[str, ...], fixtures: Fixtures) -> tuple[str, ...]:
    found: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in ROOTS or name in found:
            return
        if name not in fixtures or name in path:
            raise BadFixture(f"no fixture is named {name!r} (asked for by {path[-1] if path else 'the check'})")
        for parameter in parameter_names(fixtures[name]):
            visit(parameter, (*path, name))
        found[name] = None

    for parameter in parameters:
        visit(parameter, ())
    return tuple(found)


def asking(parameters: Iterable[str], fixtures: Fixtures) -> tuple[str, ...]:
    """Of their order what comes before the last that can ask, and that: what follows only thinks about the answers."""
    names = order(parameters, fixtures)
    last = max((at for at, name in enumerate(names) if "t" in parameter_names(fixtures[name])), default=-1)
    return names[: last + 1]


def target_kind(check: str, parameters: Iterable[str], fixtures: Fixtures) -> str:
    """host, endpoint, domain or observer: the one root among them that the check and its fixtures name."""
    parameters = tuple(parameters)
    names = {*parameters, *(p for name in order(parameters, fixtures) for p in parameter_names(fixtures[name]))}
    kinds = names & set(TARGETS)
    if len(kinds) != 1:
        raise BadFixture(f"{check}: must be about exactly one kind of target, not {sorted(kinds) or 'none'}")
    return kinds.pop()


class Resolver:
    """Resolves the parameters of the checks of one target; what two checks share is worked out once."""

    def __init__(self, target: Target, fleet: Fleet, transcript: Transcript, fixtures: Fixtures) -> None:
        self._fixtures = fixtures
        self._transcript = transcript
        self._roots = {target.kind: target, "fleet": fleet, "policy": target.policy, "clock": transcript.clock}
        self._foundations: tuple[str, ...] = getattr(target, "foundations", ())
        self._memory: dict[tuple[object, ...], list[tuple[str | None, Outcome]]] = {}
        self._lacking: set[Question] = set()
        self._lacked: dict[tuple[object, ...], frozenset[Question]] = {}

    def cases(self, parameters: Iterable[str]) -> list[Case]:
        """Every instance of a check with these parameters. Raises Lacking with all questions that are missing."""
        self._lacked.clear()
        return self._resolve(order(parameters, self._fixtures))

    def lacks(self, parameters: Iterable[str]) -> frozenset[Question]:
        """The questions that such a check lacks still; what can ask nothing is left for the judge."""
        try:
            self._resolve(asking(parameters, self._fixtures))
        except Lacking as lacking:
            return lacking.questions
        return frozenset()

    def answered(self) -> None:
        """There are new answers: what lacked something may have it now."""
        self._lacked.clear()

    def _resolve(self, names: Iterable[str]) -> list[Case]:
        self._lacking = set()
        live = [Case(rests=self._foundations)]
        for name in names:
            live = [after for case in live for after in self._step(case, name)]
        if self._lacking:
            raise Lacking(self._lacking)
        return live

    def arguments(self, case: Case, parameters: Iterable[str]) -> dict[str, Any]:
        known = {**self._roots, **case.values}
        return {name: known[name] for name in parameters if name in known}

    def _step(self, case: Case, name: str) -> Iterator[Case]:
        wanted = parameter_names(self._fixtures[name])
        if case.error is not None:
            yield case
            return
        if any(w not in ROOTS and w not in case.values for w in wanted):
            yield case  # something it needs is still lacking; ask what else can be asked in the meantime
            return
        key = self._key(case, name)
        for label, outcome in self._outcomes(key, case, name, wanted):
            yield case.after(name, outcome, label)
        if key not in self._memory:
            yield case

    def _key(self, case: Case, name: str) -> tuple[object, ...]:
        """The fixture and the instances it can see: what two checks share is worked out once."""
        if not case.labels:
            return (name,)
        behind = order((name,), self._fixtures)
        return (name, *(label for label in case.labels if label[0] in behind))

    def _outcomes(
        self, key: tuple[object, ...], case: Case, name: str, wanted: tuple[str, ...]
    ) -> list[tuple[str | None, Outcome]]:
        if key in self._lacked:
            self._lacking |= self._lacked[key]
            return []
        if key not in self._memory:
            reading = Reading(self._transcript)
            arguments = self.arguments(case, wanted) | ({"t": reading} if "t" in wanted else {})
            try:
                self._memory[key] = list(_call(self._fixtures[name], arguments, reading))
            except Lacking as lacking:
                self._lacked[key] = lacking.questions
                self._lacking |= lacking.questions
                return []
        return self._memory[key]


def _call(
    function: Callable[..., Any], arguments: dict[str, Any], reading: Reading
) -> Iterator[tuple[str | None, Outcome]]:
    """What a fixture gives: one outcome, or one for each pair that it yields."""
    try:
        value: Any = function(**arguments)
        pairs = list(_pairs(value, reading)) if inspect.isgenerator(value) else None
    except Exception as error:  # noqa: BLE001 - a bug in a fixture is one unknown verdict, not the end of the audit
        yield None, _outcome(reading, error=error)
        return
    if pairs is None:
        yield None, _outcome(reading, value)
    elif not pairs:
        yield None, _outcome(reading, error=Skip(f"no {function.__name__.replace('_', ' ')} to examine"))
    else:
        for label, each, asked, lines in pairs:
            blind = isinstance(each, (Skip, NoEvidence))  # this instance alone, beside others that were seen
            outcome = _outcome(reading, error=each) if blind else _outcome(reading, each)
            yield label, replace(outcome, asked=asked or tuple(reading.asked), lines=lines)


def _outcome(reading: Reading, value: Any = None, error: Exception | None = None) -> Outcome:
    absence = (error.absence,) if isinstance(error, Skip) and error.absence else ()
    blind = error.rests_on if isinstance(error, NoEvidence) else ()
    rests = tuple(dict.fromkeys((*reading.rests, *absence, *blind)))
    if isinstance(error, (Skip, NoEvidence)):  # its words say all; its traceback would keep all that was read
        error.__traceback__ = error.__cause__ = error.__context__ = None
    return Outcome(value, error, rests, tuple(dict.fromkeys(reading.asked)), tuple(reading.lines))


def _pairs(generator: Any, reading: Reading) -> Iterator[tuple[str, Any, tuple[Question, ...], tuple[str, ...]]]:
    """What a generator fixture yields, each pair with what was asked and shown for it.

    What it rests on is common to all pairs: a fixture that rests on this for one and that for another has a second
    fixture behind it say so.
    """
    asked, shown = 0, 0
    for label, value in generator:
        yield str(label), value, tuple(dict.fromkeys(reading.asked[asked:])), tuple(reading.lines[shown:])
        asked, shown = len(reading.asked), len(reading.lines)
