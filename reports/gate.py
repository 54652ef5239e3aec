"""What makes a run fail: which verdicts count, which are shown and let pass, and the exit status that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.verdict import UNKNOWN, Verdict
from reports.compare import Change, Changes
from reports.diagnosis import Diagnosis
from reports.exits import Exit
from reports.finding import RANK
from reports.head import Head


@dataclass(frozen=True)
class Gate:
    """fail_on: the mildest severity that fails a run. regressions: only what the baseline did not have fails it."""

    fail_on: str = "low"
    regressions: bool = False

    @staticmethod
    def of(head: Head) -> Gate:
        """The gate that a kept run was held to."""
        return Gate(head.selection.get("--fail-on", "low"), head.selection.get("--gate") == "regressions")


def spared(gate: Gate, diagnosis: Diagnosis, head: Head, changes: Changes | None) -> dict[str, str]:
    """By reference, why a root cause or root unknown is shown and does not fail the run."""
    theirs = {cause.instance or cause.reference for cause in diagnosis.causes if cause.side == "theirs"}
    few = len(theirs) <= int(head.policy.get("theirs_destinations", 0))
    found = {}
    for verdict in (*diagnosis.causes, *diagnosis.unseen):
        reason = _reason(gate, verdict, changes) or _customers(verdict, head)
        if not reason and few and verdict.side == "theirs":
            reason = "it is theirs to mend"
        if reason:
            found[verdict.reference] = reason
    return found


def _customers(verdict: Verdict, head: Head) -> str:
    """That a customer has to mend it, where the domain's DNS is not ours."""
    customer = head.customer(verdict)
    return f"the DNS of {verdict.target} is its customer's ({customer})" if customer else ""


def _reason(gate: Gate, verdict: Verdict, changes: Changes | None) -> str:
    if verdict.verdict == UNKNOWN and verdict.excused:
        return verdict.excused
    if RANK[verdict.severity] > RANK[gate.fail_on]:
        return f"{verdict.severity}, and only {gate.fail_on} or worse fails this run"
    change = changes.by_reference.get(verdict.reference) if changes and gate.regressions else None
    if change is None:
        return ""
    if change.pardon:
        return change.pardon
    return "" if change.change in (Change.NEW_FAILURE, Change.NEW_UNKNOWN) else "the baseline has it too"


def status(gate: Gate, diagnosis: Diagnosis, head: Head, changes: Changes | None, let_pass: Mapping[str, str]) -> Exit:
    """The exit status of an audit that ran to its end."""
    if any(cause.reference not in let_pass for cause in diagnosis.causes):
        return Exit.FAILURE
    if gate.regressions and changes and _worse(gate, changes, let_pass):
        return Exit.FAILURE
    unseen = [verdict for verdict in diagnosis.unseen if verdict.reference not in let_pass]
    if too_many_unseen(diagnosis, head):
        return Exit.FAILURE
    return Exit.UNKNOWN if unseen else Exit.CLEAN


def _worse(gate: Gate, changes: Changes, let_pass: Mapping[str, str]) -> bool:
    """Whether a host is absent, or a regression is neither let pass nor, where it is no longer judged, too mild."""
    grave = (each for each in changes.regressions if RANK[each.verdict.severity] <= RANK[gate.fail_on])
    return bool(changes.absent_hosts) or any(each.verdict.reference not in let_pass for each in grave)


def too_many_unseen(diagnosis: Diagnosis, head: Head) -> str:
    """A phrase if more hosts were not wholly seen than policy allows, else empty. One host may always be unseen."""
    hosts = _unseen_hosts(diagnosis.unseen)
    percent = float(head.policy.get("unseen_hosts_percent", 100))
    if len(hosts) <= max(1, percent * len(head.hosts) / 100):
        return ""
    return f"{len(hosts)} of {len(head.hosts)} hosts were not wholly seen; policy allows {percent:g} %"


def _unseen_hosts(unseen: Iterable[Verdict]) -> set[str]:
    return {verdict.target for verdict in unseen if verdict.kind == "host" and not verdict.excused}
