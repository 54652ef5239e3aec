"""Applies what a site lets pass (waivers, debt, states of hosts) to the verdicts, and tells what is stale of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from checks.state import State, read_state
from checks.verdict import FAIL, UNKNOWN, WAIVED, Verdict
from reports import debt, waiver
from reports.debt import Debt
from reports.head import Head
from reports.waiver import BadWaiver, Waiver, matches


@dataclass(frozen=True)
class Excuses:
    """What the site lets pass on this day. head: the fleet's hosts, their groups and states."""

    waivers: tuple[Waiver, ...]
    debts: tuple[Debt, ...]
    head: Head
    today: date
    notice: timedelta = timedelta(days=14)
    _states: dict[str, State] = field(default_factory=dict, compare=False)

    @cached_property
    def groups(self) -> Mapping[str, frozenset[str]]:
        """Of each host, the names by which a scope may reach it."""
        return {name: frozenset((name, *host.groups)) for name, host in self.head.hosts.items()}

    @cached_property
    def by_reference(self) -> Mapping[str, Debt]:
        return {entry.reference: entry for entry in self.debts}

    def state(self, verdict: Verdict) -> State | None:
        """The state that excuses this verdict: of a host, or of an endpoint all of whose hosts are in one.

        What still leads to a retired host is nobody's but ours to mend, so no state excuses it.
        """
        if verdict.kind not in ("host", "endpoint") or not verdict.hosts or verdict.check.startswith("retired."):
            return None
        found = [self._state(host) for host in verdict.hosts]
        return found[0] if all(state.word != "live" for state in found) else None

    def _state(self, host: str) -> State:
        if host not in self._states:
            entry = self.head.hosts.get(host)
            self._states[host] = read_state(entry.state if entry else "live")
        return self._states[host]


def read_excuses(folder: Path, head: Head, today: date, waivers: Path | None = None) -> Excuses:
    """The excuses of the inventory in this folder. Raises BadWaiver."""
    if waivers is not None and not waivers.exists():
        raise BadWaiver(f"--waivers {waivers}: there is no such file")
    notice = timedelta(days=int(head.policy.get("waiver_notice_days", 14)))
    entries = waiver.read_waivers(waivers or folder / waiver.FILE)
    return Excuses(entries, debt.read_debts(folder / debt.FILE), head, today, notice)


def verify(excuses: Excuses, kinds: Mapping[str, str], targets: Mapping[str, Mapping[str, Collection[str]]]) -> None:
    """A waiver that can match nothing stops the run.

    kinds: the kind of target of every check of the suite. targets: by kind, every target with its hosts.
    Raises BadWaiver.
    """
    for entry in excuses.waivers:
        found = {kind for check, kind in kinds.items() if matches(entry.check, check)}
        if not found:
            raise BadWaiver(f"{entry}: no check is named {entry.check}{_nearest(entry.check, kinds)}")
        if not any(
            entry.reaches(kind, name, tuple(hosts), excuses.groups)
            for kind in found
            for name, hosts in targets.get(kind, {}).items()
        ):
            names = {name for known in targets.values() for name in known} | set().union(*excuses.groups.values(), ())
            raise BadWaiver(f"{entry}: its scope holds no target{_nearest(entry.scope[0], names)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close and close[0] != name else ""


def apply(excuses: Excuses, verdicts: Sequence[Verdict]) -> tuple[list[Verdict], list[str]]:
    """The verdicts with failures waived where a site lets them pass, and remarks on stale entries."""
    by_check: dict[str, list[Waiver]] = {}
    matched: dict[int, list[Verdict]] = {entry.number: [] for entry in excuses.waivers}
    judged: list[Verdict] = []
    for verdict in verdicts:
        if verdict.check not in by_check:
            by_check[verdict.check] = [entry for entry in excuses.waivers if matches(entry.check, verdict.check)]
        covering = [entry for entry in by_check[verdict.check] if entry.covers(verdict, excuses.groups)]
        for entry in covering:
            matched[entry.number].append(verdict)
        judged.append(_excused(verdict, covering, excuses))
    return judged, [*_on_waivers(excuses, matched), *_on_debts(excuses, verdicts)]


def _excused(verdict: Verdict, covering: Sequence[Waiver], excuses: Excuses) -> Verdict:
    """Unknown is never waived; of a host in maintenance it is shown as such and does not gate."""
    if verdict.verdict not in (FAIL, UNKNOWN):
        return verdict
    said: list[str] = []
    for holds, phrase in _reasons(verdict, covering, excuses):
        if holds:
            waived = WAIVED if verdict.verdict == FAIL else UNKNOWN
            return replace(verdict, verdict=waived, excused=phrase)
        said.append(phrase)
    return replace(verdict, excused="; ".join(said)) if said else verdict


def _reasons(verdict: Verdict, covering: Sequence[Waiver], excuses: Excuses) -> Iterable[tuple[bool, str]]:
    """Each reason that speaks of it: whether it still holds, and in words."""
    today = excuses.today
    if verdict.verdict == FAIL:
        for entry in sorted(covering, key=lambda entry: entry.expires, reverse=True):
            words = f"until {entry.expires} by {entry.approver}: {entry.reason}"
            over = entry.expired(today)
            yield not over, f"waiver expired, held {words}" if over else f"waived {words}"
        owed = excuses.by_reference.get(verdict.reference)
        if owed:
            words = f"since {owed.recorded}, owner {owed.owner}, review {owed.review}"
            if verdict.severity == debt.NEVER:
                yield False, f"debt {words}, but what is critical counts"
            else:
                yield not owed.overdue(today), f"debt {words}{', which is past' if owed.overdue(today) else ''}"
    state = excuses.state(verdict)
    if state:
        yield not state.over(today), f"host in {state.phrase()}{', which is past' if state.over(today) else ''}"


def _on_waivers(excuses: Excuses, matched: Mapping[int, Sequence[Verdict]]) -> Iterable[str]:
    for entry in excuses.waivers:
        said = {verdict.verdict for verdict in matched[entry.number]}
        if entry.expired(excuses.today):
            yield f"{entry} expired on {entry.expires}" + (": what it covered counts again" if FAIL in said else "")
        elif said and not said & {FAIL, UNKNOWN}:
            yield f"{entry} is needed no more: nothing that it covers fails"
        elif FAIL in said and entry.expires - excuses.today <= excuses.notice:
            yield f"{entry} expires soon, on {entry.expires}"


def _on_debts(excuses: Excuses, verdicts: Sequence[Verdict]) -> Iterable[str]:
    if not excuses.debts:
        return
    said = {verdict.reference: verdict.verdict for verdict in verdicts}
    judged = {(verdict.check, verdict.target) for verdict in verdicts}
    paid = [e.reference for e in excuses.debts if said.get(e.reference) not in (FAIL, UNKNOWN, None)]
    gone = [e.reference for e in excuses.debts if e.reference not in said and (e.check, e.target) in judged]
    if paid or gone:
        yield f"debt paid: {', '.join((paid + gone)[:5])}{_more(len(paid + gone) - 5)}; take it out of {debt.FILE}"
    overdue = [e.reference for e in excuses.debts if e.overdue(excuses.today) and said.get(e.reference) == FAIL]
    if overdue:
        yield f"debt past its review day counts again: {', '.join(overdue[:5])}{_more(len(overdue) - 5)}"


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""
