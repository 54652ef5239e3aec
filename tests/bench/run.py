"""Runs faults on several labs at once: break, wait, audit, score, put back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from checks.verdict import Verdict
from tests.bench.fault import Fault
from tests.bench.lab import Lab, Stopped, Trouble
from tests.bench.score import Score, matches, roots, score
from tests.bench.together import Group, Waiting, combined, concerned, own_score
from tests.record import record_lacking


@dataclass(frozen=True)
class Seconds:
    """Where the time of one fault went."""

    inject: float
    audit: float
    reset: float


@dataclass(frozen=True)
class Result:
    """What became of one fault. score: None if the bench itself had trouble, which is told in trouble."""

    fault: Fault
    score: Score | None
    seconds: Seconds
    trouble: str = ""


class Unhealthy(Exception):
    """The lab has root causes before anything was broken; the message lists them."""


Tell = Callable[[str], None]

_MORE_LOOKS = 2


class Bench:
    """Labs at work on a list of faults.

    tolerate: go on although the healthy lab has causes, and subtract those. together: faults at once in one lab, at most.
    """

    def __init__(
        self,
        labs: Sequence[Lab],
        tell: Callable[[Result], None],
        *,
        tolerate: bool = False,
        record: bool = False,
        together: int = 1,
    ) -> None:
        self._labs = labs
        self._tell = tell
        self._tolerate = tolerate
        self._record = record
        self._together = together
        self._stop = labs[0].stop
        self._results: list[Result] = []
        self._failures: list[Exception] = []
        self.before: frozenset[str] = frozenset()

    def run(self, faults: Iterable[Fault]) -> list[Result]:
        """Results by name of fault; fewer than there are faults if Ctrl-C ended it. Raises Unhealthy, Trouble."""
        waiting = Waiting(faults, self._together)
        threads = [threading.Thread(target=self._serve, args=(lab, waiting)) for lab in self._labs]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self._stop.set()
            for thread in threads:
                thread.join()
        if self._failures:
            raise self._failures[0]
        return sorted(self._results, key=lambda result: result.fault.name)

    def _serve(self, lab: Lab, waiting: Waiting) -> None:
        """One lab's share of the work, from its start to its end."""
        try:
            lab.up()
            lab.reset()
            self._check_health(lab)
            while (group := waiting.take()) and not self._stop.is_set():
                if len(group) == 1:
                    self._settle(lab, group[0])
                else:
                    waiting.again(self._settle_together(lab, group))
        except Stopped:
            pass
        except (Trouble, Unhealthy) as error:
            self._failures.append(error)
            self._stop.set()
        finally:
            lab.down()

    def _check_health(self, lab: Lab) -> None:
        """Looks again, up to twice: a lab that starts beside another on a busy machine may not answer in time."""
        found = roots(lab.audit())
        for _ in range(_MORE_LOOKS):
            if not found:
                break
            found = roots(lab.audit())
        if found and not self._tolerate:
            lines = "\n".join(f"  {v.verdict} {v.reference}: {v.seen}" for v in found)
            raise Unhealthy(f"the healthy lab has findings of its own, so no fault can be measured:\n{lines}")
        self.before |= {v.reference for v in found}

    def _settle_together(self, lab: Lab, group: Group) -> Group:
        """Judge a group of faults at once; returns those that are to be tried again."""
        whole = combined(group)
        result = self._try(lab, whole, group)
        lab.reset(whole.touches)
        unclear = concerned(group, result.score) if result.score else group
        for fault in group:
            if result.score and fault not in unclear:
                seconds = Seconds(result.seconds.inject / len(group), result.seconds.audit / len(group), 0)
                self._keep(Result(fault, own_score(fault, result.score), seconds))
        return unclear

    def _keep(self, result: Result) -> None:
        self._results.append(result)
        self._tell(result)

    def _settle(self, lab: Lab, fault: Fault) -> None:
        """Judge one fault; where something may be left of an earlier one, again on a lab put back as a whole."""
        result = self._try(lab, fault)
        if result.score is None or _left_over(fault, result.score):
            lab.reset()
            result = self._try(lab, fault)
        began = time.monotonic()
        if fault.touches:
            lab.reset(fault.touches)
        self._keep(replace(result, seconds=replace(result.seconds, reset=time.monotonic() - began)))

    def _try(self, lab: Lab, fault: Fault, parts: Group = ()) -> Result:
        """One look at the lab broken so. parts: the faults that it consists of, if it is a group."""
        began = time.monotonic()
        injected = began
        try:
            for action in fault.inject:
                lab.do(action)
            lab.settle(fault.until)
            injected = time.monotonic()
            found = score(fault, lab.audit(fault), self.before)
        except Trouble as error:
            return Result(fault, None, Seconds(injected - began, time.monotonic() - injected, 0), str(error))
        for part in (parts or (fault,)) if self._record else ():
            record_lacking(lab.audited, part.name, (v for v in found.causes if _any_expected(v, part)))
        return Result(fault, found, Seconds(injected - began, time.monotonic() - injected, 0))


def _any_expected(verdict: Verdict, fault: Fault) -> bool:
    return any(matches(verdict.reference, glob) for glob in fault.expect)


def _left_over(fault: Fault, found: Score) -> bool:
    """Whether anything strange was found where the fault did nothing."""
    strange = (*found.strange, *found.blind)
    return any(verdict.hosts and fault.touches.isdisjoint(verdict.hosts) for verdict in strange)
