"""All that a writer needs to know of a run: its head, its diagnosis, what changed, and what is let pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.compare import Changes, compare
from reports.diagnosis import Diagnosis, diagnose
from reports.excuses import Excuses, apply
from reports.exits import Exit
from reports.finding import Blind, Finding, blinds, findings, told
from reports.gate import Gate, spared, status, too_many_unseen
from reports.head import Head
from reports.history import Past, earlier, with_history
from reports.mail_flow import Flow, few, mail_flow
from reports.peers import with_peers
from reports.suite import suite
from reports.unverified import marked
from reports.verdicts import Record


@dataclass(frozen=True)
class Report:
    """record: the run, its verdicts as they stand in results.jsonl. let_pass: by reference, why a root does not gate.

    trend: heads of the kept runs, oldest first, this one last. remarks: on waivers, debt and selection, a line each.
    """

    record: Record
    diagnosis: Diagnosis
    findings: tuple[Finding, ...]
    blinds: tuple[Blind, ...]
    flow: tuple[Flow, ...]
    let_pass: Mapping[str, str]
    exit: Exit
    changes: Changes | None = None
    trend: tuple[Head, ...] = ()
    remarks: tuple[str, ...] = field(default_factory=tuple)

    @property
    def head(self) -> Head:
        return self.record.head


def conclude(
    record: Record, excuses: Excuses | None, baselines: Sequence[Record], gate: Gate, *, anyway: bool = False
) -> Report:
    """The report of a run that has just been judged. Raises NotComparable for a baseline of another fleet."""
    judged, remarks = apply(excuses, record.verdicts) if excuses else (list(record.verdicts), [])
    past = earlier(record.folder, record.head.clock)
    checks = {*suite(), *record.head.checks}
    diagnosis = told(with_history(diagnose(judged, checks), record.head.clock, past), record.head)
    diagnosis = with_peers(diagnosis, record.head, record.folder)
    diagnosis, untried = marked(diagnosis, record.head, record.folder)
    head = replace(record.head, counts=counts(diagnosis), remarks=(*untried, *remarks))
    done = replace(record, head=head, verdicts=diagnosis.verdicts)
    return _report(done, diagnosis, past, baselines, gate, anyway=anyway)


def again(
    record: Record, baselines: Sequence[Record], gate: Gate, *, captures: Sequence[Record] = (), anyway: bool = False
) -> Report:
    """The report of a run from its record, as it was concluded then. captures: see compare()."""
    record = replace(record, head=replace(record.head, captures=tuple(str(each.folder) for each in captures)))
    past = earlier(record.folder, record.head.clock) if record.head.clock else []
    named = {ref.partition("@")[0] for verdict in record.verdicts for ref in verdict.not_judged}
    return _report(record, diagnose(record.verdicts, named), past, baselines, gate, captures=captures, anyway=anyway)


def _report(
    record: Record,
    diagnosis: Diagnosis,
    past: Sequence[Past],
    baselines: Sequence[Record],
    gate: Gate,
    *,
    captures: Sequence[Record] = (),
    anyway: bool,
) -> Report:
    changes = compare(baselines, record, captures=captures, anyway=anyway) if baselines else None
    let_pass = spared(gate, diagnosis, record.head, changes)
    result = status(gate, diagnosis, record.head, changes, let_pass)
    record = replace(record, head=replace(record.head, exit=int(result)))
    unseen = too_many_unseen(diagnosis, record.head)
    return Report(
        record=record,
        diagnosis=diagnosis,
        findings=findings(diagnosis, let_pass),
        blinds=blinds(diagnosis),
        flow=mail_flow(diagnosis),
        let_pass=let_pass,
        exit=result,
        changes=changes,
        trend=(*(run.head for run in reversed(past)), record.head),
        remarks=(
            *((unseen,) if unseen else ()),
            *undeclared(record.head),
            *record.head.remarks,
            *(changes.notes if changes else ()),
        ),
    )


def undeclared(head: Head) -> tuple[str, ...]:
    """A line on the hosts of which the inventory does not say what they do for mail; none if there are none."""
    names = [name for name, host in head.hosts.items() if not host.declared]
    if not names:
        return ()
    line = f"roles not declared, so judged by what every host must have: {few(names)} (see `make propose`)"
    return (line,)


def counts(diagnosis: Diagnosis) -> dict[str, int]:
    """Verdicts by word, root causes by severity (``cause high``), and root unknowns (``unseen``)."""
    found = Counter(verdict.verdict for verdict in diagnosis.verdicts)
    found.update(f"cause {cause.severity}" for cause in diagnosis.causes)
    found["causes"] = len(diagnosis.causes)
    found["unseen"] = len(diagnosis.unseen)
    return dict(sorted(found.items()))
