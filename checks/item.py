"""One check on one target as pytest knows it, judged in one step: the only file that knows what a pytest item is."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import CONSENTS, SEVERITIES, Check
from checks.judge import judge
from checks.resolve import reference
from checks.run import Run
from checks.target import Target
from checks.verdict import FAIL, PASS, SKIP, UNKNOWN, Verdict

RUN = pytest.StashKey[Run]()
_AT_ONCE = pytest.StashKey[bool]()
_OWN_MARKS = frozenset((*SEVERITIES, *CONSENTS))


class CheckItem(pytest.Item):
    """One check on one target; its instances are verdicts of their own within it."""

    def __init__(self, *, check: Check, target: Target | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.target = target
        self.own_markers += getattr(check.function, "pytestmark", [])
        self.keywords.update({mark.name: mark for mark in self.own_markers})
        self.extra_keyword_matches.add(check.id)

    @property
    def about(self) -> str:
        """``check@target``."""
        return reference(self.check.id, self.target.name if self.target else "")

    @cached_property
    def location(self) -> tuple[str, int | None, str]:
        """As pytest's own, without a look at the path for each item of a file."""
        path, line, name = self.reportinfo()
        return self.nodeid.partition("::")[0] or str(path), line, name

    def judged(self) -> list[Verdict]:
        """The verdicts of this check on this target, which are on record then."""
        run = self.config.stash[RUN]
        assert self.target is not None
        verdicts = list(judge(self.check, self.target, run.resolver(self.target), run.transcript))
        run.record(verdicts)
        return verdicts

    def runtest(self) -> None:
        outcome, said = _told(self.judged())
        if outcome == "failed":
            raise NotGood(said)
        if outcome == "skipped":
            pytest.skip(said)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:  # noqa: ARG002 - pytest's signature
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.check.function.__code__.co_firstlineno, self.name


class NotGood(Exception):
    """At least one instance failed, or none did and at least one could not be looked at."""


def _told(verdicts: Iterable[Verdict]) -> tuple[str, str]:
    """What pytest knows of the verdicts: an outcome, and what is to be said of it."""
    said: dict[str, list[str]] = {}
    for verdict in verdicts:
        said.setdefault(verdict.verdict, []).append(f"{verdict.reference}: {verdict.seen}")
    for kind in (FAIL, UNKNOWN):
        if kind in said:
            return "failed", "\n".join(said[kind])
    if PASS not in said:
        return "skipped", "; ".join(said.get(SKIP, ["nothing to examine"]))
    return "passed", ""


def at_once(item: CheckItem) -> bool:
    """Judge it now: a check has no setup or teardown, and pytest's rounds for them cost as much as judging itself.

    What a marker or somebody's plugin wants done before or after a test still is: then nothing is done here.
    """
    if not _plain(item):
        return False
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    hook.pytest_runtest_logreport(report=_report(item))
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _report(item: CheckItem) -> pytest.TestReport:
    """What pytest would make of it, without an exception on the way from here to here."""
    began = time.time()
    try:
        outcome, said = _told(item.judged())
    except Exception as error:  # noqa: BLE001 - a full disk, a bug: reports.plugin tells which verdicts are missing
        outcome, said = "failed", str(error)
    ended = time.time()
    path, line, _ = item.reportinfo()
    longrepr = None if outcome == "passed" else (str(path), line, f"Skipped: {said}") if outcome == "skipped" else said
    return pytest.TestReport(
        item.nodeid, item.location, dict.fromkeys(item.keywords, 1), outcome, longrepr, "call",  # type: ignore[arg-type]
        duration=ended - began, start=began, stop=ended,
    )  # fmt: skip


def _plain(item: CheckItem) -> bool:
    """No marker but our own, and nobody but pytest itself who listens."""
    stash = item.config.stash
    if _AT_ONCE not in stash:
        hooks = (item.config.hook.pytest_runtest_setup, item.config.hook.pytest_runtest_call,
                 item.config.hook.pytest_runtest_teardown, item.config.hook.pytest_runtest_makereport)  # fmt: skip
        plugins = {impl.plugin for hook in hooks for impl in hook.get_hookimpls()}
        stash[_AT_ONCE] = all(_module(plugin).startswith("_pytest.") for plugin in plugins)
    return stash[_AT_ONCE] and all(mark.name in _OWN_MARKS for mark in item.own_markers)


def _module(plugin: object) -> str:
    return str(getattr(plugin, "__module__", None) or getattr(plugin, "__name__", ""))
