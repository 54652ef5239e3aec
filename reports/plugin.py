"""The second pytest plugin (``-p reports.plugin``): turns a run's verdicts into diagnosis, reports and exit status."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.binding import RUN, CheckItem
from checks.catalogue import Check
from checks.run import Run
from reports.diagnosis import Diagnosis, diagnose
from reports.exits import Exit
from reports.expected import BadExpectation, Expectation, read_expectation
from reports.junit import junit
from reports.terminal import expected_summary, summary
from reports.verdicts import point_latest, streamed, write_atomically, write_results

_QUIET = -2  # pytest's own lists of failures and its dots; the findings are the output
_EXPECTED = pytest.StashKey[Expectation]()
_DIAGNOSIS = pytest.StashKey[Diagnosis]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the reports."""
    group = parser.getgroup("mailassay")
    group.addoption("--expect", metavar="FILE", help="findings this inventory is known to have: exit 0 if just those")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Of an audit, pytest shows only errors of its own, unless asked for more with -v."""
    if config.option.expect:
        try:
            config.stash[_EXPECTED] = read_expectation(Path(config.option.expect))
        except BadExpectation as error:
            raise pytest.UsageError(str(error)) from error
    if RUN in config.stash and config.option.verbose == 0:
        config.option.verbose = _QUIET
        config.option.tbstyle = "no"
        terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        terminal.reportchars = ""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Also after Ctrl-C: what was judged is kept and reported."""
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    verdicts = streamed(run.folder)
    if not verdicts:
        return
    diagnosis = diagnose(verdicts)
    config.stash[_DIAGNOSIS] = diagnosis
    write_reports(run, diagnosis, _catalogue(session))
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        session.exitstatus = _exit(diagnosis, config.stash.get(_EXPECTED, None))


def write_reports(run: Run, diagnosis: Diagnosis, catalogue: Mapping[str, Check]) -> None:
    """Every report of a run, each from the same diagnosis."""
    write_atomically(run.folder / "junit.xml", junit(diagnosis, catalogue))
    write_results(run.folder, diagnosis.verdicts)
    point_latest(run.folder)


def _exit(diagnosis: Diagnosis, expected: Expectation | None) -> Exit:
    if expected is not None:
        as_told = not expected.surprising(diagnosis.causes) and not expected.missing(diagnosis.causes)
        return Exit.CLEAN if as_told else Exit.FAILURE
    if diagnosis.causes:
        return Exit.FAILURE
    return Exit.UNKNOWN if diagnosis.unseen else Exit.CLEAN


def _catalogue(session: pytest.Session) -> Mapping[str, Check]:
    return {item.check.id: item.check for item in session.items if isinstance(item, CheckItem)}


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """No dot a check: the findings are the output."""
    if RUN in config.stash and config.option.verbose < 0:
        return report.outcome, "", ""
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The findings, and where the report lies."""
    diagnosis = config.stash.get(_DIAGNOSIS, None)
    if diagnosis is None:
        return
    run = config.stash[RUN]
    catalogue = _catalogue(terminalreporter._session) if terminalreporter._session else {}
    terminalreporter.ensure_newline()
    for line in summary(diagnosis, catalogue):
        terminalreporter.write_line(line)
    expected = config.stash.get(_EXPECTED, None)
    if expected is not None:
        for line in expected_summary(expected, diagnosis):
            terminalreporter.write_line(line)
    terminalreporter.write_line(f"\nreport: {run.folder}")
