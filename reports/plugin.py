"""The second pytest plugin (``-p reports.plugin``): turns a run's verdicts into diagnosis, reports and exit status."""

from __future__ import annotations

import gc
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from checks.binding import RUN, CheckItem
from checks.catalogue import SEVERITIES, Check
from checks.inventory import InventoryProblem
from checks.resume import INTERRUPTED
from checks.run import INVENTORY, Run
from checks.verdict import Verdict
from reports import debt, waiver
from reports.compare import NotComparable
from reports.exits import Exit
from reports.expected import BadExpectation, Expectation, read_expectation
from reports.harmless import harmless
from reports.junit import ROLL_UPS
from reports.opening import BadOption, Opening, open_run
from reports.render import WRITERS, BadReport, read_also, write_record, write_reports
from reports.report import Report, conclude
from reports.terminal import expected_summary, summary, where
from reports.verdicts import BadRecord, Record, point_latest, streamed
from reports.why import answer

_QUIET = -2  # pytest's own lists of failures and its dots; the findings are the output
_EXPECTED = pytest.StashKey[Expectation]()
_OPENING = pytest.StashKey[Opening]()
_REPORT = pytest.StashKey[Report]()
_WRITTEN = pytest.StashKey[list[str]]()
_TROUBLE = pytest.StashKey[list[str]]()
_UNUSABLE = (
    BadExpectation,
    BadOption,
    BadRecord,
    BadReport,
    waiver.BadWaiver,
    NotComparable,
    InventoryProblem,
    ValueError,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the reports."""
    group = parser.getgroup("mailassay")
    add = group.addoption
    add("--expect", metavar="FILE", help="findings this inventory is known to have: exit 0 if just those")
    add("--baseline", metavar="RUN", action="append", default=[], help="compare with this earlier run (folder or "
        "results.jsonl); given several times, what the baselines do not agree on is flapping")  # fmt: skip
    add("--compare-anyway", action="store_true", help="compare with a baseline of another version or other hosts too")
    add("--gate", choices=("all", "regressions"), default="all", help="what fails the run: every root cause, or only "
        "what the baseline did not have")  # fmt: skip
    add("--fail-on", choices=tuple(SEVERITIES), default="low", help="the mildest severity that fails the run")
    add("--waivers", metavar="FILE", help="instead of the waivers.yml beside the inventory")
    add("--as-of", metavar="DATE", help="apply waivers and debt as on this day (ISO, UTC)")
    add("--junit", choices=ROLL_UPS, default="auto", help="what one case of junit.xml stands for")
    add("--also", metavar="NAME[=FILE]", action="append", default=[], help="write this report besides, into the run's "
        f"folder or the file: {', '.join(WRITERS)}")  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the site's files before anybody is contacted; of an audit, pytest shows only errors of its own."""
    run = config.stash.get(RUN, None)
    try:
        if config.option.expect:
            config.stash[_EXPECTED] = read_expectation(Path(config.option.expect))
        read_also(config.option.also)
        if run is not None and not hasattr(config, "workerinput"):
            config.stash[_OPENING] = open_run(run, config.option)
    except _UNUSABLE as error:
        _discard(run)
        raise pytest.UsageError(" ".join(str(error).split())) from error
    if run is not None:
        # It imports a library that no audit uses, a second of every run where mailassay itself is developed.
        config.pluginmanager.unregister(name="hypothesispytest")
        # Nothing is logged while judging, and to look for it six times a check costs a twelfth of the whole.
        config.pluginmanager.unregister(name="logging-plugin")
        # Of warnings nothing is shown either, and to set up their filters for each check costs a twentyfifth.
        config.pluginmanager.unregister(name="warnings")
        warnings.simplefilter("ignore")
    if run is not None and config.option.verbose == 0:
        config.option.verbose = _QUIET
        config.option.tbstyle = "no"
        terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        terminal.reportchars = ""
        config.pluginmanager.register(_Forgetful(terminal))


def _discard(run: Run | None) -> None:
    """A run that never began leaves no folder."""
    if run is not None and {path.name for path in run.folder.iterdir()} <= {INVENTORY}:
        shutil.rmtree(run.folder)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before -k and -m take their part: a waiver may be about a check that is not selected today."""
    opening = config.stash.get(_OPENING, None)
    if opening is None:
        return
    collected = _checks(items)
    try:
        opening.verify(collected.values())
    except waiver.BadWaiver as error:
        _discard(config.stash[RUN])
        raise pytest.UsageError(str(error)) from error


def _checks(items: Iterable[pytest.Item]) -> dict[str, Check]:
    return {item.check.id: item.check for item in items if isinstance(item, CheckItem)}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Also after Ctrl-C: what was judged is kept and reported."""
    config = session.config
    opening = config.stash.get(_OPENING, None)
    if opening is None or config.option.collectonly or config.option.plan:
        return
    run = config.stash[RUN]
    if not run.folder.exists():  # refused before it began
        return
    gc.freeze()  # what is made from here on is needed to the end, and what was there is not looked through again
    gc.disable()
    ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    verdicts = streamed(run.folder)
    config.stash[_TROUBLE] = trouble = _lost(session, verdicts) if ended else [_interrupted(run)]
    head = opening.with_texts(_checks(session.items).values())
    session.items.clear()  # a kilobyte and more each, and nobody asks for them again
    if verdicts:
        record = Record(run.folder, head, tuple(verdicts))
        report = conclude(record, opening.excuses, opening.baselines, opening.gate, anyway=config.option.compare_anyway)
        config.stash[_REPORT] = report
        try:
            config.stash[_WRITTEN], failed = _write(report, config.option, ended)
            trouble += failed
        except OSError as error:
            trouble.append(f"reports could not be written: {error.strerror}: {error.filename or run.folder}")
        if ended:
            session.exitstatus = _exit(report, config.stash.get(_EXPECTED, None))
    if trouble and ended:
        session.exitstatus = Exit.INTERNAL


def _interrupted(run: Run) -> str:
    """Note that the run did not come to its end; what to do about it."""
    (run.folder / INTERRUPTED).touch()
    return f"interrupted; to go on, and ask only what is missing: the same command with --resume {run.folder}"


def _lost(session: pytest.Session, verdicts: Iterable[Verdict]) -> list[str]:
    """Checks that ran and of whose verdict there is no record (a full disk): such a run must not look clean."""
    judged = {(verdict.check, verdict.target) for verdict in verdicts}
    asked = {(item.check.id, item.target.name) for item in session.items if isinstance(item, CheckItem) and item.target}
    missing = sorted(f"{check}@{target}" for check, target in asked - judged)
    if not missing:
        return []
    return [f"the verdicts of {len(missing)} checks were lost, as if the disk were full: {', '.join(missing[:3])} …"]


def _write(report: Report, option: Any, ended: bool) -> tuple[list[str], list[str]]:
    """The record, the other reports, the site's files for later replays; at last, `latest` points here."""
    folder = report.record.folder
    names = write_record(report)
    source = Path(option.inventory or option.replay).expanduser()
    for name in (waiver.FILE, debt.FILE):
        kept = (source if source.is_dir() else source.parent) / name
        if kept.is_file():
            shutil.copyfile(kept, folder / name)
    more, troubles = write_reports(report, folder, option.junit, read_also(option.also))
    if ended:
        point_latest(folder)
    return [*names, *more], troubles


def _last_words(text: str) -> str:
    """What an error at collecting comes to: the exception's own line of its traceback."""
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E ")]
    return harmless(lines[-1] if lines else text.strip().rpartition("\n")[2], 500)


def _exit(report: Report, expected: Expectation | None) -> Exit:
    if expected is None:
        return report.exit
    expected, causes = expected_of(expected, report), report.diagnosis.causes
    return Exit.FAILURE if expected.surprising(causes) or expected.missing(causes) else Exit.CLEAN


def expected_of(expected: Expectation, report: Report) -> Expectation:
    """The expected findings, of those that this selection could make."""
    return expected.among(report.diagnosis.verdicts) if report.head.selection else expected


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """No dot a check: the findings are the output."""
    if RUN in config.stash and config.option.verbose < 0:
        return report.outcome, "", ""
    return None


class _Forgetful:
    """Keeps no report of what passed: pytest would show none of them, and a thousand hosts have 200,000."""

    def __init__(self, terminal: Any) -> None:
        self._kept: dict[str, list[Any]] = terminal.stats

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Comes after the terminal's own."""
        if not report.failed:
            self._kept.pop(report.outcome, None)
            self._kept.pop("", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The findings, and where the reports lie."""
    for trouble in config.stash.get(_TROUBLE, []):
        terminalreporter.write_line(f"mailassay: {trouble}", red=True, bold=True)
    for broken in terminalreporter.getreports("error"):
        terminalreporter.write_line(f"{broken.nodeid}: {_last_words(str(broken.longrepr))}", red=True)
    report = config.stash.get(_REPORT, None)
    if report is None:
        return
    terminalreporter.ensure_newline()
    symptom = config.option.symptom
    for line in answer(report, symptom) if symptom else summary(report):
        terminalreporter.write_line(line.text, **line.markup)
    expected = config.stash.get(_EXPECTED, None)
    if expected is not None:
        for text in expected_summary(expected_of(expected, report), report.diagnosis):
            terminalreporter.write_line(text)
    terminalreporter.write_line("")
    written = config.stash.get(_WRITTEN, [])
    for text in where(report.record.folder, written):
        terminalreporter.write_line(text)
    status = _exit(report, expected)
    terminalreporter.write_line(f"exit status {status.value}: {status.meaning}")
