"""The pytest plugin (``-p checks.binding``): binds checks to targets, gathers, and has them judged (checks/item.py)."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import CONSENTS, SEVERITIES, BadCheck, Check, check
from checks.gather import gather, just
from checks.inventory import InventoryProblem
from checks.item import RUN, CheckItem, at_once
from checks.past import Past
from checks.progress import Progress
from checks.recall import recall
from checks.resolve import BadFixture, Resolver, target_kind
from checks.run import Run, UnusableRun, start
from checks.symptom import Growth, Selected, UnclearSymptom, symptom

_SESSION = pytest.StashKey[pytest.Session]()
# As in reports.exits, of which nothing here knows.
_INTERNAL = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mailassay", "auditing mail servers")
    group.addoption("--inventory", metavar="PATH", help="the Ansible inventory of the mail hosts to audit")
    group.addoption("--limit", metavar="PATTERN", help="only these hosts, as in ansible --limit: 'mx*:&prod'")
    group.addoption("--replay", metavar="DIR", help="judge the transcripts of an earlier run again; no network")
    group.addoption(
        "--symptom", metavar="TEXT", help="look only at what can explain this: '587 refused', a reply, a check"
    )
    group.addoption("--shard", metavar="N/OF", default="1/1", help="judge one share of the fleet; see `reports merge`")
    group.addoption("--resume", metavar="DIR", help="go on with a run that was interrupted: ask only what is missing")
    group.addoption("--allow", metavar="WORDS", default="", help=f"consent, comma-separated: {', '.join(CONSENTS)}")
    group.addoption("--out", metavar="DIR", default="reports/out", help="where runs are kept (default: reports/out)")
    group.addoption("--plan", action="store_true", help="print what would be asked of whom, and contact nobody")


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in {**SEVERITIES, **CONSENTS}.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    option = config.option
    if option.inventory or option.replay:
        gc.disable()  # until all is loaded: nothing of that is ever thrown away
        try:
            config.stash[RUN] = run = start(option, getattr(config, "workerinput", {}).get("mailassay_run"))
            config.args += _own(run, config)
        except (InventoryProblem, UnusableRun, ValueError) as error:
            raise pytest.UsageError(str(error)) from error
        except OSError as error:
            raise pytest.UsageError(f"{error.filename or option.out}: {error.strerror}") from error


def _own(run: Run, config: pytest.Config) -> list[str]:
    """The site's own checks go with the whole suite; who names single files gets those alone."""
    suite = Path(__file__).parent
    whole = any(Path(config.invocation_params.dir, word.partition("::")[0]).resolve() == suite for word in config.args)
    return [str(run.own_checks)] if run.own_checks and whole else []


def _named_once(items: Iterable[pytest.Item]) -> None:
    """Two checks of one name would be one in every report. Raises UsageError."""
    files: dict[str, Path] = {}
    for item in items:
        if isinstance(item, CheckItem) and files.setdefault(item.check.id, item.path) != item.path:
            raise pytest.UsageError(f"{item.path}: there is a check {item.check.id} already; give yours another name")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Judge in one step, unless somebody else wants to take part."""
    return (isinstance(item, CheckItem) and at_once(item)) or None


def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> list[CheckItem] | None:
    module = collector.path.stem
    if not (name.startswith("check_") and module.startswith("check_") and callable(obj)):
        return None
    run = collector.config.stash.get(RUN, None)
    if run is None:
        return [CheckItem.from_parent(collector, name=name, check=check(obj, module), target=None)]
    return list(_items(collector, run, name, check(obj, module)))


def _items(collector: Any, run: Run, name: str, found: Check) -> Iterator[CheckItem]:
    if not found.consents <= run.allowed:
        return
    kind = target_kind(found.id, found.parameters, run.fixtures)
    for target in filter(run.shard.holds, run.fleet.targets(kind)):
        yield CheckItem.from_parent(collector, name=f"{name}[{target.name}]", check=found, target=target)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unbound = [item for item in items if isinstance(item, CheckItem) and item.target is None]
    if unbound:
        raise pytest.UsageError("checks need hosts: give --inventory PATH (or --replay DIR of an earlier run)")
    _named_once(items)
    run = config.stash.get(RUN, None)
    if run is not None:
        # A target's checks stand together, so that its evidence can be freed after the last of them.
        items.sort(key=lambda i: (i.target.kind, i.target.name) if isinstance(i, CheckItem) and i.target else ("", ""))


def pytest_collection_finish(session: pytest.Session) -> None:
    # What was loaded and collected stays, and need not be looked through again and again for what could go.
    gc.freeze()
    gc.enable()
    run = session.config.stash.get(RUN, None)
    if run is None or session.config.option.collectonly or hasattr(session.config, "workerinput"):
        return
    if not run.folder.exists():  # refused (a waiver that matches nothing): nobody is contacted
        return
    selection = [(i.check, i.target) for i in session.items if isinstance(i, CheckItem) and i.target is not None]
    if session.config.option.plan:
        run.plan(selection)
        session.items.clear()
        return
    growth = _growth(session.config, selection)
    try:
        _gather(run, selection, growth)
        if growth:
            _keep_only(session, growth)
        run.keep_transcripts()
    except OSError as error:
        said = f"mailassay: transcripts could not be written: {error.strerror}: {run.folder}"
        raise pytest.exit.Exception(said, _INTERNAL) from error


def _gather(run: Run, selection: list[Selected], growth: Growth | None) -> None:
    """Ask all that the selected checks need, unless an earlier run has asked it."""
    if selection and not run.gathered:
        run.transcript.earlier = recall(run.folder.parent, run.transcript.clock)
        run.transcript.past = Past(run.folder.parent, run.transcript.clock).answer
        more = growth.more if growth else just(selection)
        gather(more, run.fleet, run.transcript, run.fixtures, Progress(sys.stderr, run.keep_transcript))
    while growth and growth.more(run.resolver):
        pass  # of an earlier run everything is known


def _growth(config: pytest.Config, selection: list[Selected]) -> Growth | None:
    """What can explain the symptom, if one was told."""
    if not config.option.symptom:
        return None
    try:
        return Growth(symptom(config.option.symptom, {check.id for check, _ in selection}), selection)
    except UnclearSymptom as error:
        raise pytest.UsageError(str(error)) from error


def _keep_only(session: pytest.Session, growth: Growth) -> None:
    """Judge nothing but what the explanation needs."""
    kept = [i for i in session.items if isinstance(i, CheckItem) and i.target and i.about in growth.taken]
    session.items[:] = kept


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remembers the session for pytest_xdist_setupnodes, which is not told of it."""
    session.config.stash[_SESSION] = session


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """xdist: the controller collects and gathers before any worker starts."""
    if RUN in config.stash:
        config.stash[_SESSION].perform_collect()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: the workers judge what the controller gathered."""
    run = node.config.stash.get(RUN, None)
    if run is not None:
        node.workerinput["mailassay_run"] = str(run.folder)


__all__ = ["RUN", "BadCheck", "BadFixture", "CheckItem", "Resolver"]
