"""The reports' command line, for runs that were made before: render, compare, notify, merge, adopt, prune …"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from checks.run import UnusableRun
from reports import exits
from reports.adopting import adopt
from reports.capture import NotCaptured, capture, told
from reports.compare import NotComparable, compare
from reports.comparison import lines
from reports.drift import drift, unexpected
from reports.exits import Exit
from reports.gate import Gate
from reports.harmless import harmless
from reports.junit import ROLL_UPS
from reports.merge import keep_evidence, merge
from reports.nagios import State, nagios
from reports.notice import HookFailed, notice, send
from reports.preflight import obstacles
from reports.prune import prune
from reports.render import WRITERS, BadReport, read_also, write_record, write_reports
from reports.report import Report, again
from reports.terminal import summary, where
from reports.verdicts import BadRecord, Record, read_run
from reports.waiver import BadWaiver


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit statuses are those of reports.exits; what cannot be used is one line on stderr."""
    asked = _parser().parse_args(argv)
    try:
        run: Callable[[argparse.Namespace], int] = asked.run
        return int(run(asked))
    except (BadRecord, BadReport, BadWaiver, NotComparable, UnusableRun) as error:
        return _complain(asked, str(error), State.UNKNOWN if asked.command == "nagios" else Exit.USAGE)
    except NotCaptured as error:
        return _complain(asked, str(error), error.status)
    except HookFailed as error:
        return _complain(asked, str(error), Exit.INTERNAL)
    except BrokenPipeError:  # somebody read as much as they wanted: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.CLEAN
    except OSError as error:
        sys.stderr.write(f"{asked.command}: {error.filename}: {error.strerror}\n")
        return Exit.USAGE if isinstance(error, FileExistsError | FileNotFoundError) else Exit.INTERNAL


def _complain(asked: argparse.Namespace, what: str, status: int) -> int:
    sys.stderr.write(f"{asked.command}: {' '.join(what.split())}\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], meaning: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=meaning, description=meaning)
        command.set_defaults(run=run)
        return command

    _add_render(add("render", render, "write all reports of a run again, from its results.jsonl"))
    _add_compare(add("compare", compare_two, "what changed between two runs, and what they saw differently"))
    command = add("capture", capture_until_alike, "audit until two runs agree; what follows -- is for pytest")
    command.add_argument("--tries", type=int, metavar="N", help="runs at most (default: capture_tries of the policy)")
    command.add_argument("options", nargs="+", metavar="-- OPTION", help="such as -- --inventory inventories/acme")
    command = add("preflight", preflight, "is it safe to start changing a host; 1 if not, and why")
    command.add_argument("of", type=Path, metavar="RUN", help="a run of just now")
    command.add_argument("--host", required=True, metavar="NAME", help="the host that is to be changed")
    command = add("merge", merge_parts, "make one run of several that each audited a part of the fleet")
    command.add_argument("folder", type=Path, help="where the merged run is written")
    command.add_argument("parts", type=Path, nargs="+", metavar="RUN")
    command.add_argument(
        "--allow-partial", action="store_true", help="although a share is missing; the report says which"
    )
    _add_baseline(command)
    command = add("adopt", adopt_run, "record a run's root causes as debt: they are shown, and only new ones fail")
    command.add_argument("of", type=Path, metavar="RUN")
    command.add_argument("--owner", required=True, help="who works the debt off")
    command.add_argument("--into", type=Path, metavar="FILE", help="default: debt.yml beside the run's inventory")
    command.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="the day it is recorded (ISO, UTC)")
    command = add("prune", prune_site, "delete the oldest runs of a site, and old transcripts, as policy says")
    command.add_argument("site", type=Path, help="folder that holds the runs, such as reports/out/acme")
    command.add_argument("--runs", type=int, metavar="N", help="runs to keep (default: keep_runs of the latest run)")
    command.add_argument("--transcripts-days", type=int, metavar="N", help="default: the policy of the latest run")
    command = add("nagios", print_nagios, "one line and an exit status for monitoring (0 to 3), from the latest run")
    command.add_argument("of", type=Path, metavar="RUN", help="such as reports/out/acme/latest")
    command.add_argument("--hours", type=float, default=26, metavar="N", help="an older run is UNKNOWN (default: 26)")
    command = add("notify", notify, "run a command if something is new or fixed since the run before")
    command.add_argument("of", type=Path, metavar="RUN")
    command.add_argument("--hook", required=True, metavar="COMMAND", help="run by sh; the text is on its stdin, "
                         "$MAILASSAY_SUBJECT beside it")  # fmt: skip
    command.add_argument("--as", dest="form", choices=("text", "json"), default="text", help="json for web hooks")
    add("exits", print_exits, "the exit statuses of an audit")
    return parser


def _add_render(command: argparse.ArgumentParser) -> None:
    command.add_argument("of", type=Path, metavar="RUN", help="folder of the run, such as reports/out/acme/latest")
    command.add_argument("--junit", choices=ROLL_UPS, default="auto", help="what one case of junit.xml stands for")
    command.add_argument("--also", action="append", default=[], metavar="NAME[=FILE]", help=f"{', '.join(WRITERS)}")
    _add_baseline(command)


def _add_compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("before", type=Path, metavar="BEFORE")
    command.add_argument("now", type=Path, metavar="NOW")
    command.add_argument("--compare-anyway", action="store_true", help="although version or hosts differ")
    command.add_argument("--no-drift", action="store_true", help="verdicts only, without the evidence")
    command.add_argument("--expected", action="append", default=[], type=re.compile, metavar="REGEX",
                         help="evidence that was to change: lines that match are counted, and not shown")  # fmt: skip


def _add_baseline(command: argparse.ArgumentParser) -> None:
    command.add_argument("--baseline", type=Path, action="append", metavar="RUN", help="default: that of the run")
    command.add_argument("--compare-anyway", action="store_true", help="although version or hosts differ")


def render(asked: argparse.Namespace) -> int:
    """`render RUN`: the status is the one that the run had."""
    report = _again(read_run(asked.of), asked.baseline, anyway=asked.compare_anyway)
    names, troubles = write_reports(report, report.record.folder, asked.junit, read_also(asked.also))
    return _written(report, names, troubles)


def _again(record: Record, baseline: Sequence[Path] | None = None, *, anyway: bool = False) -> Report:
    """A kept run's report, against the baselines given or those that it had."""
    baselines = [read_run(path) for path in baseline or map(Path, record.head.baseline)]
    captures = [read_run(Path(path)) for path in record.head.captures]
    return again(record, baselines, Gate.of(record.head), captures=captures, anyway=anyway)


def _written(report: Report, names: Sequence[str], troubles: Sequence[str]) -> int:
    _say(line.text for line in summary(report))
    _say(["", *where(report.record.folder, names), *troubles])
    return Exit.INTERNAL if troubles else report.exit


def compare_two(asked: argparse.Namespace) -> int:
    """`compare BEFORE NOW`: 1 if something is worse than before."""
    before, now = read_run(asked.before), read_run(asked.now)
    changes = compare([before], now, anyway=asked.compare_anyway)
    found = [] if asked.no_drift else drift(before.folder, now.folder)
    other, expected = unexpected(found, asked.expected)
    _say(lines(changes, other))
    if expected:
        _say([f"\n{expected} expected changes of the evidence are not shown"])
    return Exit.FAILURE if changes.worse else Exit.CLEAN


def capture_until_alike(asked: argparse.Namespace) -> int:
    """`capture -- OPTION …`: the status is that of the last run, with what flaps left out."""
    made = capture(asked.options, asked.tries)
    _say(["", *told(made)])
    return made.status


def preflight(asked: argparse.Namespace) -> int:
    """`preflight RUN --host NAME`."""
    found = obstacles(_again(read_run(asked.of), anyway=True), asked.host)
    _say(harmless(each) for each in found or [f"{asked.host}: nothing speaks against changing it now"])
    return Exit.FAILURE if found else Exit.CLEAN


def merge_parts(asked: argparse.Namespace) -> int:
    """`merge FOLDER RUN …`: the status is that of all parts together."""
    records = [read_run(path) for path in asked.parts]
    baselines = [read_run(path) for path in asked.baseline or ()]
    asked.folder.mkdir(parents=True, mode=0o700)
    try:
        keep_evidence(records, asked.folder)
        report = merge(records, asked.folder.resolve(), baselines, allow_partial=asked.allow_partial)
    except ValueError:
        shutil.rmtree(asked.folder)
        raise
    record = write_record(report)
    names, troubles = write_reports(report, report.record.folder)
    return _written(report, [*record, *names], troubles)


def adopt_run(asked: argparse.Namespace) -> int:
    """`adopt RUN --owner NAME`."""
    _say(adopt(read_run(asked.of), asked.owner, asked.into, asked.as_of).lines())
    return Exit.CLEAN


def prune_site(asked: argparse.Namespace) -> int:
    """`prune SITE`."""
    policy = read_run(asked.site / "latest").head.policy
    runs = int(policy["keep_runs"]) if asked.runs is None else asked.runs
    days = int(policy["keep_transcripts_days"]) if asked.transcripts_days is None else asked.transcripts_days
    pruned = prune(asked.site, runs, days, datetime.now(UTC))
    _say([f"{len(pruned.runs)} runs deleted, transcripts of {len(pruned.transcripts)} more"])
    return Exit.CLEAN


def print_nagios(asked: argparse.Namespace) -> int:
    """`nagios RUN`."""
    record = read_run(asked.of)
    state, said = nagios(_again(record, anyway=True), datetime.now(UTC), asked.hours)
    _say([said])
    return state


def notify(asked: argparse.Namespace) -> int:
    """`notify RUN --hook COMMAND`: 0 also where there is nothing to tell."""
    record = read_run(asked.of)
    found = notice(again(record, [], Gate.of(record.head)))
    if found is None:
        _say(["nothing new, nothing fixed: nobody is told"])
        return Exit.CLEAN
    send(found, asked.hook, asked.form)
    _say([found.subject])
    return Exit.CLEAN


def print_exits(asked: argparse.Namespace) -> int:  # noqa: ARG001 - every command has this signature
    """`exits`: the table of README."""
    _say(exits.table())
    return Exit.CLEAN


def _say(texts: Iterable[str]) -> None:
    for text in texts:
        sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
