"""What a person mends at one go: a root cause on one target, or the same one on several."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checks.catalogue import SEVERITIES
from checks.verdict import FAIL, WAIVED, Verdict
from reports.affects import affected, health
from reports.diagnosis import Diagnosis
from reports.head import Head
from reports.side import fix_risk, side

RANK = {severity: number for number, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Finding:
    """causes: alike, on different targets. explained: the failures that they account for. hidden: all they hide."""

    causes: tuple[Verdict, ...]
    explained: tuple[Verdict, ...] = ()
    hidden: int = 0

    @property
    def check(self) -> str:
        return self.causes[0].check

    @property
    def severity(self) -> str:
        return self.causes[0].severity

    @property
    def title(self) -> str:
        return self.causes[0].title

    @cached_property
    def seen(self) -> str:
        return " ".join(self.causes[0].seen.split())

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Where, in short: ``mx1 [587]``."""
        by_target: dict[str, list[str]] = {}
        for cause in self.causes:
            by_target.setdefault(cause.target, []).extend([cause.instance] if cause.instance is not None else [])
        return tuple(f"{name} [{', '.join(each)}]" if each else name for name, each in by_target.items())

    @cached_property
    def affects(self) -> tuple[str, ...]:
        """Roles, then endpoints, then domains."""
        phrases = dict.fromkeys(phrase for cause in self.causes for phrase in cause.affects)
        return tuple(sorted(phrases, key=lambda phrase: ("role", "endpoint", "domain").index(phrase.split()[0])))

    @cached_property
    def since(self) -> str:
        """Time of the first kept run that saw any of it."""
        return min((cause.since for cause in self.causes if cause.since), default="")

    @cached_property
    def not_judged(self) -> tuple[str, ...]:
        """Prerequisites that nobody looked at: the true cause may be one of them."""
        return tuple(dict.fromkeys(ref for cause in self.causes for ref in cause.not_judged))


@dataclass(frozen=True)
class Blind:
    """One reason for not having seen, and all the verdicts that lack what it kept from us."""

    reason: str
    verdicts: tuple[Verdict, ...]
    hidden: int = 0


def place(verdict: Verdict) -> str:
    """The target, and which instance of it."""
    return verdict.target + (f" [{verdict.instance}]" if verdict.instance is not None else "")


def told(diagnosis: Diagnosis, head: Head) -> Diagnosis:
    """The root causes with ``side``, ``affects`` and ``risk``."""
    roles = health(diagnosis, head)
    said: dict[str, list[str]] = defaultdict(list)
    for verdict in diagnosis.verdicts:
        said[verdict.reference].append(verdict.verdict)
        if verdict.instance is not None:
            said[f"{verdict.check}@{verdict.target}"].append(verdict.verdict)

    def tell(verdict: Verdict) -> Verdict:
        if verdict.verdict not in (FAIL, WAIVED) or verdict.because:
            return verdict
        text = head.checks.get(verdict.check)
        whom = affected(verdict, diagnosis.explained(verdict.reference), head, roles)
        return replace(verdict, side=side(verdict, said), affects=whom, risk=fix_risk(text.fix) if text else "")

    return replace(diagnosis, verdicts=tuple(tell(verdict) for verdict in diagnosis.verdicts))


def findings(diagnosis: Diagnosis, let_pass: Collection[str] = ()) -> tuple[Finding, ...]:
    """Causes that are alike together; worst first, then by how many failures they explain and how many they are.

    let_pass: references of causes that fail nobody's run; findings of those alone come after all others.
    """
    groups: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for cause in diagnosis.causes:
        groups[cause.check, alike(cause)].append(cause)
    made = [_finding(group, diagnosis) for group in groups.values()]
    made.sort(key=lambda f: (RANK[f.severity], -len(f.explained), -len(f.causes), f.check, f.places))
    return tuple(sorted(made, key=lambda f: all(cause.reference in let_pass for cause in f.causes)))


def _finding(causes: Sequence[Verdict], diagnosis: Diagnosis) -> Finding:
    hidden = dict.fromkeys(ref for cause in causes for ref in diagnosis.hidden.get(cause.reference, ()))
    failures = tuple(v for ref in hidden if (v := diagnosis.by_reference[ref]).verdict == FAIL)
    return Finding(tuple(sorted(causes, key=lambda c: (c.target, c.instance or ""))), failures, len(hidden))


def alike(verdict: Verdict) -> str:
    """What was seen, with the target's own names blotted out: equal for what is wrong in the same way elsewhere."""
    own = {verdict.target, verdict.target.rpartition(":")[0], verdict.instance or "", *verdict.hosts} - {""}
    names = "|".join(re.escape(name) for name in sorted(own, key=len, reverse=True))
    text = " ".join(verdict.seen.split())
    return re.sub(rf"(?<![\w-])(?:{names})(?![\w-])", "·", text) if names else text


def blinds(diagnosis: Diagnosis) -> tuple[Blind, ...]:
    """What was not seen, one for each reason; the one that hides most first."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in diagnosis.unseen:
        groups[" ".join(verdict.seen.split())].append(verdict)
    made = [Blind(reason, tuple(group), _hidden_by(group, diagnosis)) for reason, group in groups.items()]
    return tuple(sorted(made, key=lambda blind: (-blind.hidden, -len(blind.verdicts), blind.reason)))


def _hidden_by(verdicts: Iterable[Verdict], diagnosis: Diagnosis) -> int:
    return len({ref for verdict in verdicts for ref in diagnosis.hidden.get(verdict.reference, ())})
