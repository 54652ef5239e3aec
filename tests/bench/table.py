"""What the bench found, as a table on the terminal and as files in reports/out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from checks.verdict import Verdict
from reports.terminal import harmless
from reports.verdicts import write_atomically
from tests.bench.fault import STEPS
from tests.bench.run import Result
from tests.bench.score import Score


def line(result: Result) -> str:
    """One result in one line, and what was wrong with it below."""
    took = result.seconds
    head = f"{marks(result.score)}  {result.fault.name:44} {took.inject:5.1f} {took.audit:5.1f} {took.reset:5.1f} s"
    return "\n".join([head, *(f"       {harmless(text)}" for text in remarks(result))])


def marks(score: Score | None) -> str:
    """``DEP`` for detected, exact, precise; a dot for each that it is not."""
    if score is None:
        return "!!!"
    return "".join(m if good else "." for m, good in (("D", score.detected), ("E", score.exact), ("P", score.precise)))


def remarks(result: Result) -> Iterator[str]:
    """What kept a result from being perfect."""
    if result.score is None:
        yield from result.trouble.splitlines()
        return
    lacks = result.fault.lacks
    for glob in result.score.missed:
        yield f"missed:  {glob}" + (" (no such check yet)" if glob.partition("@")[0] in lacks else "")
    yield from (f"strange: {_told(v)}" for v in result.score.strange)
    if not result.score.perfect:
        yield from (f"blind:   {_told(v)}" for v in result.score.blind)


def _told(verdict: Verdict) -> str:
    return f"{verdict.reference}: {' '.join(verdict.seen.split())[:160]}"


def summary(results: Sequence[Result]) -> str:
    """The measure of this project, in one line."""
    rows: tuple[tuple[str, Callable[[Score], bool]], ...] = (
        ("detected", lambda s: s.detected),
        ("exact", lambda s: s.exact),
        ("precise", lambda s: s.precise),
    )
    shares = [_share(name, [bool(r.score and good(r.score)) for r in results]) for name, good in rows]
    trouble = sum(r.score is None for r in results)
    return ", ".join(shares) + (f"; {trouble} could not be tried" if trouble else "")


def _share(name: str, good: Sequence[bool]) -> str:
    return f"{name} {sum(good)} of {len(good)} ({100 * sum(good) / max(1, len(good)):.0f} %)"


def write(kind: str, results: Sequence[Result], out: Path) -> Path:
    """reports/out/<kind>/<time>.json and .md; returns the latter."""
    folder = out / kind
    folder.mkdir(parents=True, exist_ok=True)
    stem = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    write_atomically(folder / f"{stem}.json", json.dumps([_record(r) for r in results], indent=1) + "\n")
    write_atomically(folder / f"{stem}.md", "\n".join(_page(kind, results)) + "\n")
    return folder / f"{stem}.md"


def _record(result: Result) -> dict[str, object]:
    score = result.score
    found: dict[str, object] = {"trouble": result.trouble}
    if score is not None:
        found = {
            "detected": score.detected, "exact": score.exact, "precise": score.precise, "missed": score.missed,
            "causes": [v.reference for v in score.causes], "strange": [_told(v) for v in score.strange],
            "blind": [_told(v) for v in score.blind],
        }  # fmt: skip
    fault = result.fault
    told = {"name": fault.name, "title": fault.title, "step": fault.step, "expect": fault.expect, "also": fault.also}
    return {**told, **found, "seconds": asdict(result.seconds)}


def _page(kind: str, results: Sequence[Result]) -> Iterator[str]:
    yield f"# {kind}: {summary(results)}"
    for step in (*STEPS, ""):
        rows = [r for r in results if r.fault.step == step]
        if not rows:
            continue
        yield f"\n## {step or 'no step'}: {summary(rows)}\n"
        yield "| | fault | what is broken | root causes named |\n|---|---|---|---|"
        for result in rows:
            causes = ", ".join(v.reference for v in result.score.causes) if result.score else "could not be tried"
            yield f"| {marks(result.score)} | {result.fault.name} | {_cell(result.fault.title)} | {_cell(causes)} |"
    imperfect = [r for r in results if not r.score or not r.score.perfect]
    if imperfect:
        yield "\n## What is not as it should be\n"
    for result in imperfect:
        yield f"- **{result.fault.name}**\n" + "\n".join(f"  - {harmless(text)}" for text in remarks(result))


def _cell(text: str) -> str:
    return harmless(text).replace("|", "\\|")
